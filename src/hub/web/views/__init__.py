"""The pages, by subject: each function answers one address of ``web.urls``."""
