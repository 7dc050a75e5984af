"""The hub's pages on a million contacts and 50 launches: CPU and size of each, as an owner who is signed in gets it.

    python benchmarks/hub_pages.py [--contacts 1000000] [--launches 50] [--databases sqlite,postgresql]

Every address of ``hub.web.urls`` that can be opened is asked for by the application itself, the far ends of lists too,
several times; the median counts. CPU is that of this process and, for PostgreSQL, of the server's processes. A page
beyond the limits is printed with its slowest query and that one's plan.
"""

import argparse
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from hub_feed import run_database
from hub_size import Size, count_again, fill_hub

ROOT = Path(__file__).resolve().parents[1]
MAX_CPU_MS, MAX_KILOBYTES = 100, 300
_ROUNDS = 3
_EXPORT = "lead_export"


class Page(NamedTuple):
    """What a page took: CPU of server and database, and its size."""

    name: str
    cpu_ms: float
    kilobytes: float
    is_file: bool = False

    @property
    def is_within(self) -> bool:
        """Whether it keeps to the limits; a file has none."""
        return self.is_file or (self.cpu_ms <= MAX_CPU_MS and self.kilobytes <= MAX_KILOBYTES)


class Visitor:
    """An owner who is signed in with a second factor, and asks the application as a server would."""

    def __init__(self) -> None:
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore
        from django.core.wsgi import get_wsgi_application

        from hotleads.hub.models import Role, User

        user = User.objects.create_user("owner@example.com", Role.OWNER)
        TOTP.activate(user, generate_totp_secret())
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session.save()
        self._token = secrets.token_hex(16)
        self._cookies = (
            f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={self._token}"
        )
        self._application = get_wsgi_application()

    def ask(self, path: str, form: dict[str, object] | None = None) -> tuple[int, int]:
        """Return the status of an answer and how many bytes it has."""
        from django.test import RequestFactory

        factory = RequestFactory(SERVER_NAME="localhost")
        headers = {"HTTP_COOKIE": self._cookies, "HTTP_X_CSRFTOKEN": self._token, "HTTP_REFERER": "https://localhost/"}
        request = factory.get(path, secure=True, **headers)
        if form is not None:
            request = factory.post(path, form, secure=True, **headers)
        answered: list[str] = []
        response = self._application(request.environ, lambda status, _headers: answered.append(status))
        try:
            size = sum(len(part) for part in response)
        finally:
            if close := getattr(response, "close", None):
                close()
        return int(answered[0].split()[0]), size


def list_addresses() -> Iterator[tuple[str, str]]:
    """Yield each page with an address of it, by the rows that are there, without the pages of sign-in."""
    from django.urls import NoReverseMatch, reverse

    from hotleads.hub.models import Connection, Contact, Job, Launch, ReviewRequest, Upload, User
    from hotleads.hub.web.access import PAGE_ROLES

    rows = {"launch": Launch, "contact": Contact, "job": Job, "upload": Upload, "user": User, "connection": Connection}
    rows["review"] = ReviewRequest
    ids = {f"{name}_id": model.objects.order_by("-pk").values_list("pk", flat=True)[0] for name, model in rows.items()}
    ids["strategy"] = "classic"
    for name in PAGE_ROLES:
        if name.startswith(("mfa_", "account_")):
            continue
        for values in ({}, *({key: value} for key, value in ids.items())):
            try:
                yield name, reverse(name, kwargs=values)
                break
            except NoReverseMatch:
                continue


def list_far_addresses() -> Iterator[tuple[str, str]]:
    """Yield the far ends of lists, and lists by each filter."""
    from django.urls import reverse

    from hotleads.hub.models import AuditEntry, CurrentScore, Job, Launch, LaunchLead

    launch = Launch.objects.order_by("-pk")[0]
    scores = CurrentScore.objects.filter(launch=launch).order_by("probability", "-contact_id")
    unscored = LaunchLead.objects.filter(launch=launch, tier="").order_by("contact_id").values_list("contact_id")
    leads = f"{reverse('lead_list')}?launch={launch.pk}"
    last = scores[60]
    yield "lead_list, its end", f"{leads}&before={last.probability!r}_{last.contact_id}"
    yield "lead_list, the end of those without a score", f"{leads}&before=_{list(unscored[:61])[-1][0]}"
    for tier in ("hot", "warm", "cold", "none"):
        yield f"lead_list, {tier}", f"{leads}&tier={tier}"
    yield "lead_list, by source", f"{leads}&source=instagram"
    yield "lead_list, by source and tier, its end", f"{leads}&source=instagram&tier=cold&before=0.0001_0"
    yield "lead_list, by source, without a score", f"{leads}&source=instagram&tier=none"
    yield "lead_list, a source that nobody has", f"{leads}&source=nowhere"
    for by in ("source", "campaign", "content"):
        yield f"campaign_list, by {by}", f"{reverse('campaign_list')}?launch={launch.pk}&by={by}"
    for name, model in (("job_list", Job), ("audit_list", AuditEntry)):
        key = list(model.objects.order_by("pk").values_list("pk", flat=True)[:61])[-1]
        yield f"{name}, its end", f"{reverse(name)}?before={key}"


def measure_pages(visitor: Visitor, read_cpu: Callable[[], float]) -> list[Page]:
    """Return what each page took."""
    pages = []
    for name, path in (*list_addresses(), *list_far_addresses()):
        status, size = visitor.ask(path)
        if status in (302, 404, 405):  # answers a form alone, or is not there in this state
            continue
        if status != 200:
            raise RuntimeError(f"{name} ({path}) answers {status}")
        taken = [_time(lambda path=path: visitor.ask(path), read_cpu) for _ in range(_ROUNDS)]
        pages.append(Page(name, 1_000 * statistics.median(taken), size / 1_000))
    return pages + measure_forms(visitor, read_cpu)


def measure_forms(visitor: Visitor, read_cpu: Callable[[], float]) -> list[Page]:
    """Return what the search, the count of a launch's rules, and the exports took."""
    from django.urls import reverse

    from hotleads.hub.models import Launch

    launch = Launch.objects.order_by("-pk")[0]
    rules = {
        "name": "New",
        "campaigns": "cake-*",
        "count": "1",
        "cart_opens_at": "2030-01-01T00:00",
        "cart_closes_at": "2030-01-08T00:00",
    }
    forms: list[tuple[str, str, dict[str, object], bool]] = [
        ("lead_find, by e-mail", "lead_find", {"text": "person77@example.com"}, False),
        ("lead_find, by phone", "lead_find", {"text": "+5511900000077"}, False),
        ("campaign_export", "campaign_export", {"launch": launch.pk, "by": "content"}, True),
        ("lead_export, hot", _EXPORT, {"launch": launch.pk, "tier": "hot"}, True),
        ("lead_export, all", _EXPORT, {"launch": launch.pk}, True),
    ]
    create = reverse("launch_create", kwargs={"strategy": "classic"})
    pages = [Page("launch_create, counting", 1_000 * _time(lambda: visitor.ask(create, rules), read_cpu), 0.0)]
    for name, view, form, is_file in forms:
        sizes: list[int] = []

        def ask(view: str = view, form: dict[str, object] = form, sizes: list[int] = sizes) -> None:
            status, size = visitor.ask(reverse(view), form)
            if status not in (200, 302):
                raise RuntimeError(f"{view} answers {status}")
            sizes.append(size)

        seconds = _time(ask, read_cpu)
        pages.append(Page(name, 1_000 * seconds, sizes[0] / 1_000, is_file))
    return pages


def _time(work: Callable[[], object], read_cpu: Callable[[], float]) -> float:
    before = read_cpu()
    work()
    return read_cpu() - before


def build_cpu_reader() -> Callable[[], float]:
    """Return what reads the CPU seconds of this process and of the database's server."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0]).parent()
    if server is None:
        raise RuntimeError("the server of PostgreSQL is on another machine: its CPU cannot be read")

    def read() -> float:
        family = [server, *(child for child in server.children() if _is_backend(child))]
        times = [process.cpu_times() for process in family]
        ended = times[0].children_user + times[0].children_system
        return time.process_time() + ended + sum(each.user + each.system for each in times)

    return read


def _is_backend(process: psutil.Process) -> bool:
    try:
        return not re.search("checkpointer|background writer|walwriter|autovacuum", " ".join(process.cmdline()))
    except psutil.NoSuchProcess:
        return False


def explain_slowest(visitor: Visitor, path: str) -> str:
    """Return the slowest query of a page with its plan."""
    from django.core.signals import request_started
    from django.db import connection, reset_queries

    reset_queries()
    request_started.disconnect(reset_queries)
    connection.force_debug_cursor = True
    visitor.ask(path)
    connection.force_debug_cursor = False
    request_started.connect(reset_queries)
    queries = sorted(connection.queries, key=lambda query: -float(query["time"]))
    lines = []
    for query in queries[:2]:
        words = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        with connection.cursor() as cursor:
            try:
                cursor.execute(words + query["sql"])
                plan = [str(row[-1]) for row in cursor.fetchall()]
            except Exception as error:
                plan = [f"no plan: {type(error).__name__}"]
        lines += [
            f"    {query['time']} s of {len(queries)} queries: {query['sql'][:1500]}",
            *(f"      {x}" for x in plan),
        ]
    return "\n".join(lines)


def measure_recount(contacts: int) -> dict[str, float]:
    """Change rows of some contacts as intake does; return what that and a recount took, in CPU seconds a contact."""
    from hotleads.hub.models import Capture, CurrentScore, Launch, LaunchRollup
    from hotleads.hub.models.rollups import recount_launch, update_rollups

    launch = Launch.objects.order_by("-pk")[0]
    ids = list(
        CurrentScore.objects.filter(launch=launch).order_by("pk").values_list("contact_id", flat=True)[:contacts]
    )
    CurrentScore.objects.filter(launch=launch, contact__in=ids[::2]).update(tier="hot", probability=0.5)
    Capture.objects.filter(launch=launch, contact__in=ids[1::2]).update(launch=Launch.objects.order_by("pk")[0])
    began = time.process_time()
    for start in range(0, len(ids), 200):
        update_rollups(ids[start : start + 200])
    updating = time.process_time() - began
    if any(count_again().values()):
        raise RuntimeError(f"the counts differ from a recount: {count_again()}")
    before = LaunchRollup.objects.filter(launch=launch).values()[0]
    began = time.process_time()
    recount_launch(launch)
    recounting = time.process_time() - began
    after = LaunchRollup.objects.filter(launch=launch).values()[0]
    if any(count_again().values()) or before | {"updated_at": 0} != after | {"updated_at": 0}:
        raise RuntimeError("a recount changes the counts")
    return {"update": updating / len(ids), "recount": recounting / after["leads"]}


def measure_filled() -> tuple[list[Page], dict[str, float]]:
    """Return what the pages and the counts took in a filled installation."""
    if any(count_again().values()):
        raise RuntimeError(f"the counts differ from a recount: {count_again()}")
    visitor = Visitor()
    paths = dict([*list_addresses(), *list_far_addresses()])
    pages = measure_pages(visitor, build_cpu_reader())
    for page in sorted(pages, key=lambda page: -page.cpu_ms):
        print(
            f"  {'' if page.is_within else 'BEYOND '}{page.name}: {page.cpu_ms:.0f} ms, {page.kilobytes:.0f} KB",
            flush=True,
        )
        if not page.is_within and page.name in paths:
            print(explain_slowest(visitor, paths[page.name]), flush=True)
    return pages, measure_recount(2_000)


def measure(size: Size) -> tuple[list[Page], dict[str, float]]:
    """Fill the installation of the environment and return what the pages and the counts took: once a process."""
    from hotleads.hub.site.setup import create_installation

    create_installation(Path(os.environ["HOTLEADS_DATA"]))
    began = time.process_time()
    fill_hub(size, datetime.now(UTC).replace(microsecond=0))
    print(f"  filled in {time.process_time() - began:.0f} s of CPU", flush=True)
    return measure_filled()


def main() -> None:
    """Run the benchmark, each database in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--launches", type=int, default=50)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = Size(options.contacts, options.launches)
    if options.inside:
        pages, counting = measure(size)
        print(
            "  counts:",
            ", ".join(f"{name} {1_000_000 * taken:.0f} µs of CPU a lead" for name, taken in counting.items()),
        )
        sys.exit("a page is beyond the limits" if not all(page.is_within for page in pages) else 0)
    command = [sys.executable, __file__, "--inside", "--contacts", str(size.contacts), "--launches", str(size.launches)]
    failed = False
    for database in options.databases.split(","):
        print(
            f"{database}: {size.contacts:,} contacts, {size.launches} launches; load {os.getloadavg()[0]:.0f}",
            flush=True,
        )
        with tempfile.TemporaryDirectory(prefix="hub-pages-") as folder, run_database(database) as url:
            environment = os.environ | {"HOTLEADS_DATA": folder, "HOTLEADS_HUB_DATABASE": url}
            failed |= subprocess.run(command, env=environment, check=False).returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
