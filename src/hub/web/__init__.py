"""The pages of the hub: who may open which, sign-in, forms, views, templates and their texts in each language."""
