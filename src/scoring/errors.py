"""The error of a model on disk."""


class ArtefactError(ValueError):
    """Raised for a folder that holds no model of a format that this program reads."""
