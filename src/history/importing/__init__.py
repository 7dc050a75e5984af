"""From foreign exports to a history: files, mappings, validation and proposals."""
