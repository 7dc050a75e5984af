"""The hub as a whole: Django's settings and addresses, the migration step, the worker."""
