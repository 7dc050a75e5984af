"""The commands by subject: each parses its flags, builds the options of one job, starts it and shows its result."""
