"""What a person may ask for and what the law sets limits to: erasure, access, reviews, retention."""
