"""The text of reasons: messages in each language, options of a text, and the formatter of many values."""
