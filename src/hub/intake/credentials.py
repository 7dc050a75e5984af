"""Credentials of programs: added, rotated, revoked, each with its line in the audit log; and who a token belongs to.

Secrets and write keys are random, shown once and kept as hashes alone. OAuth itself is django-oauth-toolkit's.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken, Application
from oauth2_provider.scopes import BaseScopes

from ...language import Phrase
from ..clock import get_now
from ..errors import HubError
from ..models import Credential, LegalBasis, Purpose, Scope, User
from ..models.audit import record_action
from ..people.consent import ConsentTerms
from ..sealing import hash_lookup

_WRITE_KEY_BYTES = 24


class CredentialError(HubError):
    """A credential that there is not, or that cannot be made so."""

    code = "credential"


class CredentialScopes(BaseScopes):  # type: ignore[misc]
    """What a client may ask for: what its credential has, and all of it where it asks for nothing."""

    def get_all_scopes(self) -> dict[str, str]:
        """Return every scope with its words."""
        return {scope.value: str(scope.label) for scope in Scope}

    def get_available_scopes(self, application: Application | None = None, **_: object) -> list[str]:
        """Return the scopes of a client."""
        return [] if application is None else list(application.credential.scopes)

    def get_default_scopes(self, application: Application | None = None, **_: object) -> list[str]:
        """Return the scopes of a client that asks for none."""
        return self.get_available_scopes(application)


@dataclass(frozen=True)
class CredentialOptions:
    """What a credential may do, and what holds for the contacts that it sends.

    Attributes
    ----------
    scopes
        What it may do.
    default_country
        Where phone numbers without a country code are.
    terms
        The purpose, basis and text that the owner declares; None: no consent is recorded.
    ids_of
        Who gives the ids of people that it sends.
    """

    scopes: tuple[Scope, ...]
    default_country: str = ""
    terms: ConsentTerms | None = None
    ids_of: str = "api"


@dataclass(frozen=True)
class IssuedCredential:
    """A credential with its secrets, which nobody can read again."""

    credential: Credential
    client_secret: str
    write_key: str


@dataclass(frozen=True)
class ApiClient:
    """Who sends a request: a credential in force, and what it may do.

    Attributes
    ----------
    credential_id
        The credential.
    scopes
        What this token, or the write key, allows.
    default_country
        Where phone numbers without a country code are.
    ids_of
        Who gives the ids of people that it sends.
    """

    credential_id: int
    scopes: frozenset[str]
    default_country: str = ""
    ids_of: str = "api"


def parse_scopes(words: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes of some words. Raises CredentialError for a word that is none, and where there is none."""
    given = list(dict.fromkeys(words))
    unknown = [word for word in given if word not in Scope.values]
    if unknown or not given:
        fault = f"{unknown[0]!r} is no scope" if unknown else "a credential needs a scope"
        raise CredentialError(f"{fault}; give one or more of {', '.join(Scope.values)}")
    return tuple(Scope(word) for word in given)


def add_credential(name: str, options: CredentialOptions, actor: User | None = None) -> IssuedCredential:
    """Make a credential. Raises CredentialError where one in force has the name already."""
    name = " ".join(name.split())[: Credential._meta.get_field("name").max_length]
    if not name:
        raise CredentialError(Phrase("a credential needs a name, such as that of the program that uses it"))
    secret, write_key = generate_client_secret(), _create_write_key()
    terms = options.terms
    with transaction.atomic():
        if Credential.objects.filter(name=name, revoked_at=None).exists():
            raise CredentialError(
                Phrase("there is a credential {name!r} already: rotate or revoke it, or choose another name", name=name)
            )
        application = Application.objects.create(
            name=name,
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,
        )
        credential = Credential.objects.create(
            name=name,
            client_id=application.client_id,
            application=application,
            write_key_hmac=_hash_write_key(write_key),
            scopes=[scope.value for scope in options.scopes],
            ids_of=options.ids_of,
            default_country=options.default_country.upper(),
            purpose=terms.purpose if terms else "",
            basis=terms.basis if terms else "",
            consent_text=terms.text if terms else "",
            text_version=terms.text_version if terms else "",
        )
        record_action(actor, "credential.created", credential, scopes=credential.scopes, purpose=credential.purpose)
    return IssuedCredential(credential, secret, write_key)


def rotate_credential(credential: Credential, actor: User | None = None) -> IssuedCredential:
    """Give a credential another secret and write key; the earlier ones, and its tokens, end at once."""
    secret, write_key = generate_client_secret(), _create_write_key()
    with transaction.atomic():
        application = _require_in_force(credential)
        application.client_secret = secret
        application.save()
        AccessToken.objects.filter(application=application).delete()
        credential.write_key_hmac, credential.rotated_at = _hash_write_key(write_key), get_now()
        credential.save(update_fields=["write_key_hmac", "rotated_at"])
        record_action(actor, "credential.rotated", credential)
    return IssuedCredential(credential, secret, write_key)


def revoke_credential(credential: Credential, actor: User | None = None) -> None:
    """End a credential with its tokens; what it sent stays."""
    with transaction.atomic():
        _require_in_force(credential).delete()  # with its tokens
        credential.application, credential.revoked_at = None, get_now()
        credential.save(update_fields=["application", "revoked_at"])
        record_action(actor, "credential.revoked", credential)


def get_credential(name: str) -> Credential:
    """Return the credential in force of a name or client id. Raises CredentialError where there is none."""
    in_force = Credential.objects.filter(revoked_at=None)
    credential = in_force.filter(name=name).first() or in_force.filter(client_id=name).first()
    if credential is None:
        names = ", ".join(in_force.order_by("name").values_list("name", flat=True)[:20]) or "none"
        raise CredentialError(f"no credential in force is called {name!r}; there are: {names}")
    return credential


def find_by_token(token: str) -> ApiClient | None:
    """Return whose access token this is; None for one that is unknown, expired or revoked."""
    checksum = hashlib.sha256(token.encode()).hexdigest()
    tokens = AccessToken.objects.filter(token_checksum=checksum, expires__gt=get_now())
    found = tokens.values_list("application__credential", "scope").first()
    credential = Credential.objects.filter(pk=found[0]).first() if found else None
    return None if credential is None else _build_client(credential, found[1].split())


def find_by_write_key(write_key: str) -> ApiClient | None:
    """Return whose write key this is; None for one that is unknown or revoked. A write key reads nothing."""
    credential = Credential.objects.filter(write_key_hmac=_hash_write_key(write_key), revoked_at=None).first()
    if credential is None:
        return None
    return _build_client(credential, [scope for scope in credential.scopes if scope.endswith(":write")])


def _build_client(credential: Credential, scopes: Iterable[str]) -> ApiClient:
    return ApiClient(credential.pk, frozenset(scopes), credential.default_country, credential.ids_of)


def read_declared_terms(credential: Credential) -> ConsentTerms | None:
    """Return the purpose, basis and text declared for a credential's contacts; None: nothing is."""
    if not credential.purpose:
        return None
    return ConsentTerms(
        Purpose(credential.purpose), LegalBasis(credential.basis), credential.consent_text, credential.text_version
    )


def _require_in_force(credential: Credential) -> Application:
    if credential.application is None:
        raise CredentialError(Phrase("the credential {name!r} is revoked; make a new one", name=credential.name))
    return credential.application


def _create_write_key() -> str:
    return secrets.token_urlsafe(_WRITE_KEY_BYTES)


def _hash_write_key(write_key: str) -> bytes:
    return hash_lookup("write_key", write_key)
