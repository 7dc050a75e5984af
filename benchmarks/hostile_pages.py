"""Hostile requests to every page and form of the hub, by each role and by an outsider; ``hostile_bodies.py`` runs them.

Forms are filled in as a browser does, and spoilt: fields of other values, doubled, missing, huge, with NUL; ids of
others and of nobody; files that are none; queries, paths, methods and headers, htmx's too, that no browser sends;
a missing or wrong token against forged requests. No page may answer 500 or above, open to a role that has no right to
it, change anything without the token, or show a name or an address to those who see none.
"""

import http.client
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.parse
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import IO, Any, cast

from inbox import ROOT, Hub

#: Every stored name and address has it: neither logs nor addresses of pages may, nor pages of those who see nobody.
STORED = "zyxwstored"
#: The address of each role has it, which is on their own pages.
USER = "zyxwuser"
ROLES = ("owner", "marketer", "seller", "viewer")
OUTSIDER = "outsider"
SEES_NOBODY = ("seller", "viewer", OUTSIDER)
PATIENCE_SECONDS = 30.0
#: Roles, rows and sessions are made whole again this often: an owner who sends anything removes everything.
_RENEWAL_SECONDS = 15.0
_TEXTS = (
    *("", " ", "\0", "a\0b", "-1", "0", "1", "9" * 18, "9" * 40, "1e309", "nan", "NaN", "inf", "0x1", "1_0", "١٢"),
    *(
        "\ud800",
        "\U0001f600" * 300,
        "é" * 255,
        "a" * 5_000,
        "a" * 200_000,
        "=1+1",
        "<script>alert(1)</script>",
        "{{7*7}}",
    ),
    *(
        "%s%n",
        "'; DROP TABLE hub_user;--",
        "../../etc/passwd",
        "2026-13-45",
        "0001-01-01",
        "9999-12-31T23:59",
        "[]",
        "{",
    ),
    *(
        "nan_1",
        "1_nan",
        "_",
        "inf_9",
        "a@b.example",
        "+5511987654321",
        "on",
        "csv",
        "xlsx",
        "hot",
        "pt-br",
        "None",
        "\r\nX: y",
    ),
)
_IDS = ("0", "1", "2", "3", "999999", "9223372036854775807", "9223372036854775808", "1" + "0" * 30, "007")
_SEGMENTS = ("x", "%00", "%FF", "a" * 3_000, "%2e%2e%2f", "classic", "perpetual", "paid", "-", "1:x:y", "%0d%0aX:y")
_QUERY_NAMES = (
    *(
        "before",
        "after",
        "launch",
        "tier",
        "source",
        "next",
        "period",
        "days",
        "page",
        "capacity",
        "format",
        "language",
    ),
    *("product", "campaign", "strategy", "q", "order", "from", "until", "contact", "kind", "by", "text"),
)
_HEADERS = {
    "HX-Request": ("true", "\xff", "a" * 4_000),
    "HX-Target": ("work", "<x>", "a" * 4_000),
    "HX-Trigger": ("\xe9", "x"),
    "HX-Current-URL": ("http://evil.example/", "::::", "\xff"),
    "HX-Boosted": ("true",),
    "Accept-Language": ("pt-BR", "xx-\xff,;q=9", "a" * 4_000, "en;q=nan"),
    "Referer": ("http://evil.example/", "http://[", ""),
    "Origin": ("http://evil.example", "null", "http://["),
    "Content-Type": (
        "application/json",
        "text/\xe9",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 300,
        "",
    ),
    "Range": ("bytes=0-", "bytes=9-1"),
    "If-Modified-Since": ("never", "Thu, 99 Jan 0000 00:00:00 GMT"),
    "If-None-Match": ('"x"', "*"),
    "X-Forwarded-For": ("1.2.3.4, ::1", "\xff"),
    "X-Forwarded-Host": ("evil.example",),
    "Host": ("evil.example", "127.0.0.1:99999", "[::1", ""),
    "Cookie": ("hotleads=x", "hotleads=\xff", "csrf=" + "a" * 64, ";;;=", "django_language=\xff"),
    "Expect": ("100-continue",),
}
_METHODS = ("GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE")
MIN_CONTACTS = 6
#: Where those are led who are not signed in, or lack a second factor.
_SIGN_IN = ("/account/login/", "/account/factors/")


@dataclass(frozen=True)
class Page:
    """A page: its name, how its address is built, and which roles may open it; None: everybody may."""

    name: str
    parts: tuple[str, ...]
    roles: frozenset[str] | None


@dataclass
class Ground:
    """Who may send what: sessions by role, a token against forged requests, ids of rows by the name of the argument."""

    sessions: dict[str, str]
    token: str
    ids: dict[str, list[str]]
    pages: list[Page]
    forms: dict[str, list[dict[str, list[str]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """One request, and what may be expected of it."""

    page: Page
    role: str
    method: str
    address: str
    body: bytes
    headers: dict[str, str]
    is_valid_address: bool
    has_token: bool
    has_session: bool


class _FormParser(HTMLParser):
    """Reads the fields of a page's forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._is_posted = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_posted = values.get("method", "").lower() == "post"
            if self._is_posted:
                self.forms.append({})
        if not self._is_posted or not self.forms:
            return
        name = values.get("name", "")
        if tag in ("input", "textarea", "button") and name and name != "csrfmiddlewaretoken":
            is_file = values.get("type") == "file"
            self.forms[-1].setdefault(name, []).append("\0file" if is_file else values.get("value", ""))
        if tag == "select":
            self._select = name
        if tag == "option" and self._select:
            self.forms[-1].setdefault(self._select, []).append(values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_posted = False
        if tag == "select":
            self._select = ""


class Attack:
    """Sends spoilt requests to the pages of a running service, and raises RuntimeError at the first wrong answer.

    Parameters
    ----------
    hub
        The installation, whose service listens.
    keeper
        Makes roles, rows and sessions whole again.
    """

    def __init__(self, hub: Hub, keeper: "Keeper") -> None:
        self._hub, self._keeper = hub, keeper
        self._draws = random.Random(11)  # noqa: S311
        self._connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=PATIENCE_SECONDS)
        self._ground = keeper.renew()
        self._renewed_at = time.monotonic()
        self.answers: Counter[int] = Counter()
        self.opened: dict[str, set[str]] = {role: set() for role in (*ROLES, OUTSIDER)}

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._ground.pages)

    def run(self, seconds: float) -> dict[int, int]:
        """Send for some seconds; return the answers by status, 0 where the connection was closed."""
        ends_at = time.monotonic() + seconds
        self._read_forms()
        while time.monotonic() < ends_at:
            if time.monotonic() - self._renewed_at > _RENEWAL_SECONDS:
                self._renew()
            sent = self._build()
            status, headers, text = self._send(sent)
            self.answers[status] += 1
            check_answer(sent, status, headers, text)
            if status == 200:
                self.opened[sent.role].add(sent.page.name)
            if sent.page.name == "user_edit" and status == 302:
                self._renew()  # an owner may have made somebody an owner
        self._connection.close()
        return dict(sorted(self.answers.items()))

    def _renew(self) -> None:
        forms = self._ground.forms
        self._ground = self._keeper.renew()
        self._ground.forms = forms
        self._renewed_at = time.monotonic()

    def _read_forms(self) -> None:
        """Read the forms of each page as the owner sees it."""
        for page in self._ground.pages:
            address = "".join(self._fill(part) for part in page.parts)
            sent = Sent(page, "owner", "GET", address, b"", self._build_headers("owner"), True, True, True)
            status, headers, text = self._send(sent)
            check_answer(sent, status, headers, text)
            parser = _FormParser()
            parser.feed(text.decode("utf-8", "replace"))
            self._ground.forms[page.name] = [form for form in parser.forms if form] or [{}]

    def _fill(self, part: str) -> str:
        """Return a fixed part of an address as it is, and a valid value of an argument."""
        if not part.startswith("<"):
            return part
        return self._draws.choice(self._ground.ids.get(part.strip("<>")) or ["1"])

    def _build_headers(self, role: str) -> dict[str, str]:
        cookies = f"csrf={self._ground.token}"
        if role in self._ground.sessions:
            cookies += f"; hotleads={self._ground.sessions[role]}"
        return {"Cookie": cookies, "Accept": "text/html"}

    def _build(self) -> Sent:
        draws = self._draws
        role = draws.choice(("owner", "owner", "owner", "marketer", "marketer", "seller", "viewer", OUTSIDER))
        page = draws.choice(self._ground.pages)
        is_valid = draws.random() < 0.8
        address = "".join(self._fill(part) if is_valid else self._spoil_part(part) for part in page.parts)
        if draws.random() < 0.4:
            address += f"?{self._build_query()}"
        method = draws.choice(_METHODS)
        headers, body, has_token = self._build_headers(role), b"", False
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            has_token = draws.random() < 0.85
            body, content_type = self._build_body(page, has_token)
            headers["Content-Type"] = content_type
        spoilt = {
            name: draws.choice(_HEADERS[name]) for name in draws.sample(sorted(_HEADERS), draws.choice((0, 0, 0, 1, 2)))
        }
        headers |= spoilt
        has_session = role != OUTSIDER and "Cookie" not in spoilt
        has_token = has_token and not spoilt.keys() & {"Cookie", "Content-Type", "Origin"}
        return Sent(page, role, method, address, body, headers, is_valid, has_token, has_session)

    def _spoil_part(self, part: str) -> str:
        if part.startswith("<"):
            return self._draws.choice((*_IDS, *_SEGMENTS))
        return part if self._draws.random() < 0.95 else part + self._draws.choice(_SEGMENTS)

    def _build_query(self) -> str:
        draws = self._draws
        pairs = [
            (draws.choice(_QUERY_NAMES), draws.choice((*_TEXTS, *_IDS))[:4_000])
            for _ in range(draws.choice((1, 1, 2, 4)))
        ]
        query = urllib.parse.urlencode(pairs, errors="surrogatepass")
        return (
            query if draws.random() < 0.9 else query + draws.choice(("&%FF", "&=", "&&&", "&" + "a=1&" * 1_500, "#x"))
        )

    def _build_body(self, page: Page, has_token: bool) -> tuple[bytes, str]:
        """Return a filled form of a page, mostly spoilt, and its type."""
        draws = self._draws
        fields: list[tuple[str, str]] = []
        for name, values in draws.choice(self._ground.forms.get(page.name) or [{}]).items():
            fields.append((name, draws.choice(values)))
        for _ in range(draws.choice((0, 1, 1, 2, 4))):
            if fields and draws.random() < 0.8:
                place = draws.randrange(len(fields))
                name = fields[place][0]
                changed = draws.choice(([], [(name, draws.choice(_TEXTS))], [fields[place]] * 2))
                fields[place : place + 1] = changed
            else:
                fields.append(
                    (draws.choice((*_QUERY_NAMES, "withdraw", "typed", "x\0y")), draws.choice((*_TEXTS, *_IDS)))
                )
        if has_token:
            fields.append(("csrfmiddlewaretoken", self._ground.token))
        elif draws.random() < 0.5:
            fields.append(("csrfmiddlewaretoken", draws.choice(("x" * 64, "", "é"))))
        if draws.random() < 0.02:
            fields += [("x", "y")] * 1_100
        if any(value == "\0file" for _, value in fields) or draws.random() < 0.1:
            return self._pack_multipart(fields)
        return urllib.parse.urlencode(fields, errors="surrogatepass").encode(), "application/x-www-form-urlencoded"

    def _pack_multipart(self, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
        draws, parts = self._draws, []
        for name, value in fields:
            head = f'Content-Disposition: form-data; name="{name}"'
            content = value.encode("utf-8", "surrogatepass")
            if value == "\0file":
                head += f'; filename="{draws.choice(_FILE_NAMES)}"\r\nContent-Type: {draws.choice(_FILE_TYPES)}'
                content = draws.choice(_FILES)
            parts.append(b"--xyz\r\n" + head.encode("utf-8", "surrogatepass") + b"\r\n\r\n" + content + b"\r\n")
        body = b"".join(parts) + b"--xyz--\r\n"
        return body if draws.random() < 0.95 else body[
            : draws.randrange(len(body))
        ], "multipart/form-data; boundary=xyz"

    def _send(self, sent: Sent) -> tuple[int, dict[str, str], bytes]:
        try:
            self._connection.putrequest(
                sent.method, sent.address, skip_host="Host" in sent.headers, skip_accept_encoding=True
            )
            for name, value in sent.headers.items():
                self._connection.putheader(name, value.encode("latin-1"))
            if sent.body:
                self._connection.putheader("Content-Length", str(len(sent.body)))
            self._connection.endheaders(sent.body or None)
            response = self._connection.getresponse()
            text = response.read()
        except TimeoutError:
            raise RuntimeError(f"no answer: {describe(sent)}") from None
        except (http.client.HTTPException, ConnectionError):  # refused before the body was read
            self._connection.close()
            return 0, {}, b""
        except ValueError:  # no client sends it
            self._connection.close()
            return 0, {}, b""
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text


def check_answer(sent: Sent, status: int, headers: dict[str, str], text: bytes) -> None:
    """Raise RuntimeError for an answer that a hostile request may not get."""
    location = headers.get("location", "")
    wrong = ""
    if status >= 500 or b"Traceback" in text:
        wrong = "an error of ours"
    elif "zyxw" in urllib.parse.unquote(location):
        wrong = "a name or an address in an address"
    elif sent.role in SEES_NOBODY and STORED.encode() in text:
        wrong = "somebody's data"
    elif sent.page.roles is not None and sent.is_valid_address and not _is_refusal(sent, status, location):
        wrong = "a page of others"
    elif sent.page.roles is not None and sent.method == "POST" and not sent.has_token and _is_taken(status, location):
        wrong = "a form without its token"
    if wrong:
        raise RuntimeError(f"{wrong}: {status} {location} to {describe(sent)}: {text[-1_500:]!r}")


def describe(sent: Sent) -> str:
    """Return a request in a line."""
    return f"{sent.role}: {sent.method} {sent.address[:300]} {sent.headers} {sent.body[:1_000]!r}"


def _is_refusal(sent: Sent, status: int, location: str) -> bool:
    """Return whether a role that may not open a page was refused; True for one that may."""
    roles = cast("frozenset[str]", sent.page.roles)
    if sent.role in roles:
        return True
    return not _is_taken(status, location)


def _is_taken(status: int, location: str) -> bool:
    """Return whether a request was neither refused nor led to sign-in."""
    return 0 < status < 400 and not (status == 302 and location.startswith(_SIGN_IN))


def _build_workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    return packed.getvalue()


_PERSON = f"email,name,captured_at\n{STORED}9@example.com,{STORED},2026-03-01\n".encode()
_FILES = (
    *(
        b"",
        b"\0" * 100,
        b"email\n",
        _PERSON,
        _PERSON,
        _PERSON * 300,
        b"a," * 6_000 + b"\n",
        b"email,email\n\xff\xfe,\n",
    ),
    *(_build_workbook(), b"PK\x03\x04" + b"x" * 500, b"PAR1" + b"\xff" * 100 + b"PAR1", b"\x1f\x8b" + b"x" * 90),
    *(b'email,x\n=HYPERLINK("http://evil.example"),1\n', b"email;score\na@b.example;0,5\nc@d.example;nan\n"),
    b"day,utm_source,utm_campaign,amount,currency\n2026-03-01,google,x,12.50,BRL\n2026-13-45,,,nan,\n",
)
_FILE_NAMES = (
    *(
        "leads.csv",
        "leads.csv",
        "leads.xlsx",
        "leads.parquet",
        "leads.csv.gz",
        "../../x.csv",
        "a" * 300 + ".csv",
        "é" * 250 + ".csv",
    ),
    *(".csv", "CON.csv", "x.exe", "", "a/b\\c.csv", "\x01.csv", f"{STORED}.csv"),
)
_FILE_TYPES = ("text/csv", "application/octet-stream", "text/\xe9", "", "application/json")


class Keeper:
    """A process beside the service that makes roles, rows and sessions whole again: one line a time it is asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def renew(self) -> Ground:
        """Return sessions that are signed in, and rows that are there."""
        cast(IO[str], self._process.stdin).write("\n")
        cast(IO[str], self._process.stdin).flush()
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            raise RuntimeError("the process that keeps the roles has ended")
        told = json.loads(line)
        pages = [
            Page(name, tuple(parts), None if roles is None else frozenset(roles))
            for name, parts, roles in told["pages"]
        ]
        return Ground(told["sessions"], told["token"], told["ids"], pages)


@contextmanager
def open_keeper(hub: Hub) -> Iterator[Keeper]:
    """Run the keeper of an installation's roles."""
    environment = hub.environment | {"HOTLEADS_HUB_URL": f"http://127.0.0.1:{hub.port}"}
    process = subprocess.Popen(
        [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Keeper(process)
    finally:
        cast(IO[str], process.stdin).close()
        process.wait()


def list_pages() -> list[tuple[str, list[str], list[str] | None]]:
    """Return each page: name, parts of its address with arguments as ``<name>``, and roles; None: everybody's."""
    from django.urls import URLPattern, URLResolver, get_resolver

    from hotleads.hub.web.access import FIRST_STEPS, PAGE_ROLES, PUBLIC_PAGES

    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            else:
                yield pattern

    pages: list[tuple[str, list[str], list[str] | None]] = []
    for pattern in walk(get_resolver().url_patterns):
        name, route = str(pattern.name), str(pattern.pattern)
        route = "account/link/<uidb36>-<key>/" if route.startswith("^") else route
        parts = [re.sub("^<[a-z]+:", "<", part) for part in re.split("(<[^>]*>)", f"/{route}")]
        is_open = name in PUBLIC_PAGES | FIRST_STEPS
        pages.append((name, parts, None if is_open else sorted(role.value for role in PAGE_ROLES[name])))
    return pages


def keep_roles() -> None:
    """Make roles, rows and sessions whole each time a line comes in, and tell them in one."""
    sys.path.insert(0, str(ROOT))
    from hotleads.hub.site.setup import open_installation

    open_installation()
    from hotleads.hub.site.job_kinds import register_kinds

    register_kinds()
    from django.middleware.csrf import _get_new_csrf_string

    token = _get_new_csrf_string()
    while sys.stdin.readline():
        told = {"sessions": make_sessions(), "token": token, "ids": make_rows(), "pages": list_pages()}
        print(json.dumps(told), flush=True)


def make_sessions() -> dict[str, str]:
    """Sign each role in with a second factor, as if just now."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from hotleads.hub.models import Role, User
    from hotleads.hub.web.access import has_second_factor

    sessions = {}
    for role in Role:
        email = f"{USER}-{role.value}@example.com"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, role)
        user.role, user.is_active = role, True
        if not user.has_usable_password():
            user.set_password("a long sentence of the roles")
        user.save()
        if not has_second_factor(user):
            Authenticator.objects.filter(user=user).delete()
            TOTP.activate(user, generate_totp_secret())
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session.create()
        sessions[role.value] = str(session.session_key)
    return sessions


def make_rows() -> dict[str, list[str]]:
    """Make what was removed anew, and return the ids of rows by the name of the argument that takes them."""
    from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
    from hotleads.hub.models import (
        Campaign,
        Connection,
        Contact,
        ContactMerge,
        Credential,
        CsvLeadPolicy,
        Erasure,
        EventRule,
        Installation,
        Job,
        Judgement,
        Launch,
        ReviewRequest,
        Spend,
        Upload,
        User,
    )
    from hotleads.hub.people.consent_links import build_consent_token
    from hotleads.hub.people.merging import merge_contacts
    from tests.hub.rows import NOON, create_launch

    Installation.objects.update(csv_lead_policy=CsvLeadPolicy.LISTED)
    Job.objects.filter(kind="pull").delete()  # no service outside is asked
    launch = Launch.objects.filter(archived_at=None).first() or create_launch(f"launch-{time.time_ns()}")
    alive = Contact.objects.filter(erased_at=None, merged_into=None).order_by("pk")
    while alive.count() < MIN_CONTACTS:
        make_contact(launch, time.time_ns())
    if not ContactMerge.objects.exists():
        merge_contacts(alive[0], alive[1], reason="by_hand")
    campaign = Campaign.objects.first()
    if campaign is not None:
        Spend.objects.get_or_create(
            launch=launch, campaign=campaign, day=NOON.date(), defaults={"amount_minor": 100, "currency": "BRL"}
        )
    if not ReviewRequest.objects.exists():
        ReviewRequest.objects.create(contact=alive[2])
    if not Connection.objects.filter(removed_at=None).exists():
        add_account(f"account {time.time_ns()}", f"hottok-{time.time_ns()}", AccountSettings(), {})
    tables: tuple[Any, ...] = (
        *(Launch, Contact, Upload, Job, User, Judgement, Spend, Erasure, Connection, Credential),
        *(ReviewRequest, ContactMerge, EventRule),
    )
    names = {"reviewrequest": "review", "contactmerge": "merge", "eventrule": "rule"}
    ids = {}
    for table in tables:
        name = str(table._meta.model_name)
        newest = table.objects.order_by("-pk").values_list("pk", flat=True)[:5]
        ids[f"{names.get(name, name)}_id"] = [str(pk) for pk in newest]
    return ids | {
        "token": [build_consent_token(alive[3])],
        "client_id": list(Credential.objects.values_list("client_id", flat=True)),
        "strategy": ["classic", "perpetual", "paid"],
        "uidb36": ["1"],
        "key": ["x-y"],
    }


def make_contact(launch: Any, number: int) -> None:
    """Make somebody with a capture, a sale and a score; all have one phone."""
    from hotleads.hub.models import Contact, CurrentScore, Tier
    from hotleads.hub.models.rollups import recount_launch
    from hotleads.hub.sealing import hash_lookup
    from tests.hub.rows import NOON, build_capture, build_purchase

    person = {"email": f"{STORED}{number}@example.com", "phone": "+5511987654321"}
    hashes = {f"{name}_hmac": hash_lookup(name, value) for name, value in person.items()}
    contact = Contact.objects.create(name=STORED, **person, **hashes)
    build_capture(contact, number, launch=launch, launch_key=launch.key, utm_source="google").save()
    build_purchase(contact, number, transaction_id=f"T{number}").save()
    model = {"model_version": "x", "feature_hash": "x", "context_hash": "x", "tier_policy": "default"}
    chance = {"probability": 0.3, "logit": 0.0, "score": 30, "tier": Tier.HOT}
    CurrentScore.objects.create(
        contact=contact, launch=launch, state="provisional", as_of=NOON, reasons=[], **chance, **model
    )
    recount_launch(launch)


def measure_pages(hub: Hub, seconds: float) -> dict[str, Any]:
    """Attack the pages of a running service for some seconds; return answers by status and how many pages opened."""
    with open_keeper(hub) as keeper:
        attack = Attack(hub, keeper)
        answers = attack.run(seconds)
    opened = {role: len(names) for role, names in attack.opened.items()}
    return {"answers": answers, "opened": opened, "of": attack.page_count}


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    keep_roles()
