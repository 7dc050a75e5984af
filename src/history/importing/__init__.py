"""From exports to a history: files, mappings, validation, and mappings that are suggested."""
