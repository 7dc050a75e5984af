"""The commands, by what they are about. Each parses, calls one job and shows its result."""
