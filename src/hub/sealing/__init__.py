"""Personal values at rest: sealed with AES-GCM, looked up by HMAC-SHA256, with keys of the installation."""

from .cipher import seal, unseal
from .lookup import hash_lookup

__all__ = ["hash_lookup", "seal", "unseal"]
