"""What can go wrong with another service. Messages name service, path and status, and quote no secret or answer."""

from ..errors import HubError


class CredentialsRefusedError(HubError):
    """The service does not take the credentials, or does not let them do this."""

    code = "connection-credentials"

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RequestRejectedError(HubError):
    """The service says that the request is wrong: trying it again changes nothing."""

    code = "connection-request"

    def __init__(self, message: str, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        #: The service's own word for it, such as ``invalid_token``.
        self.reason = reason


class UnreadableAnswerError(HubError):
    """The answer is not what the service documents."""

    code = "connection-answer"


class UnavailableError(Exception):
    """The service did not answer well in spite of retries: a passing trouble, so that it has no code.

    Attributes
    ----------
    status
        The last status; 0 where there was none.
    retry_after_seconds
        How long the service asks to be left alone; None: it did not say.
    is_sent
        Whether the request may have been carried out.
    """

    def __init__(
        self, message: str, *, status: int = 0, retry_after_seconds: float | None = None, is_sent: bool = True
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.is_sent = is_sent


class OutcomeUnknownError(HubError):
    """A change was asked for, and it is not known whether it happened. A person looks before it is asked for again."""

    code = "connection-outcome"
