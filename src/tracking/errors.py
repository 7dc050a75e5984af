"""What can go wrong with the registry that is no fault of what was asked."""


class RegistryUnavailableError(ConnectionError):
    """The registry does not answer: nobody knows whether it has the model."""

    code = "registry-unavailable"
