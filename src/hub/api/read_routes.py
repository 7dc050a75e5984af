"""``GET /v1/launches`` and ``/v1/scores``: pages by a cursor, without names and addresses unless they are asked for."""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from ...language import LANGUAGES, Language
from ...scoring.online.errors import ApiError
from ..feed.reasons import ReasonWriter
from ..figures.quality import Promise, read_promises
from ..intake.credentials import ApiClient
from ..modelling.language import get_language
from ..models import CurrentScore, Installation, Launch, Purpose, Scope, Tier
from ..models.audit import record_action
from ..models.installation import hides_file_only
from ..people.consent import list_permitted
from .access import AccessControl
from .endpoint import Answer, Endpoint, get_address

MAX_ROWS = 500
DEFAULT_ROWS = 100
_PURPOSES = (Purpose.EMAIL_MARKETING, Purpose.PHONE_MARKETING, Purpose.ADS_SHARING)
_COUNTS = ("leads", "captures", "hot", "warm", "cold")
_TIMES = ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at")
_T = TypeVar("_T")


class LaunchesHandler:
    """Answers with the launches, their counts, and the buyers expected and come, newest first."""

    def __init__(self, access: AccessControl) -> None:
        self._access = access

    async def __call__(self, request: Request) -> Answer:
        """Return a page of launches."""
        authorization = request.headers.get("authorization", "")
        await self._access.authorize_token(authorization, Scope.READ_LAUNCHES, get_address(request))
        query = _read_query(request, "limit", "cursor")
        limit, cursor = _read_limit(query), _read_cursor(query)
        last_id = _parse_id(cursor) if cursor else None
        return Answer(200, await run_in_threadpool(_close_after, lambda: _list_launches(limit, last_id)))


class ScoresHandler:
    """Answers with the present scores of a launch, hottest first."""

    def __init__(self, access: AccessControl) -> None:
        self._access = access

    async def __call__(self, request: Request) -> Answer:
        """Return a page of scores."""
        authorization = request.headers.get("authorization", "")
        client = await self._access.authorize_token(authorization, Scope.READ_SCORES, get_address(request))
        query = _read_query(request, "launch_id", "tier", "contacts", "language", "limit", "cursor")
        if not query.get("launch_id"):
            raise ApiError(422, "invalid", "say of which launch; GET /v1/launches lists them", "launch_id")
        if query.get("tier", Tier.HOT) not in Tier.values:
            raise ApiError(422, "invalid", f"tier is one of {', '.join(Tier.values)}", "tier")
        if query.get("language", LANGUAGES[0]) not in LANGUAGES:
            raise ApiError(422, "invalid", f"language is one of {', '.join(LANGUAGES)}", "language")
        if query.get("contacts", "false") not in ("true", "false"):
            raise ApiError(422, "invalid", "contacts is true or false", "contacts")
        if query.get("contacts") == "true":
            self._access.require_scope(client, Scope.READ_CONTACTS)
        limit, cursor = _read_limit(query), _read_cursor(query)
        key = _parse_rank(cursor) if cursor else None
        return Answer(200, await run_in_threadpool(_close_after, lambda: _list_scores(query, client, limit, key)))


def build_read_routes(access: AccessControl) -> list[Route]:
    """Return the routes that give launches and scores."""
    return [
        Route("/v1/launches", Endpoint(LaunchesHandler(access), "GET")),
        Route("/v1/scores", Endpoint(ScoresHandler(access), "GET")),
    ]


def _list_launches(limit: int, last_id: int | None) -> dict[str, Any]:
    launches = Launch.objects.filter(archived_at=None).select_related("rollup").order_by("-pk")
    if last_id is not None:
        launches = launches.filter(pk__lt=last_id)
    found = list(launches[: limit + 1])
    next_cursor = _build_cursor(str(found[limit - 1].pk)) if len(found) > limit else None
    promises = read_promises(found[:limit])
    described = [_describe_launch(launch) | _describe_promise(promises.get(launch.pk)) for launch in found[:limit]]
    return {"launches": described, "next_cursor": next_cursor}


def _describe_promise(promise: Promise | None) -> dict[str, Any]:
    """Return the buyers expected and those who came; null where nobody is scored, or judged yet."""
    if promise is None:
        return {"forecast": None, "bought": None}
    numbers = {name: getattr(promise, name) for name in ("leads", "expected", "low", "high")}
    bought = {"judged": promise.judged, "buyers": promise.buyers} if promise.judged else None
    return {"forecast": numbers | {"basis": "before_learning" if promise.has_learned else "scores"}, "bought": bought}


def _describe_launch(launch: Launch) -> dict[str, Any]:
    rollup = getattr(launch, "rollup", None)
    return {
        "launch_id": launch.key,
        "name": launch.name,
        "strategy": launch.strategy,
        "product_id": launch.product_id or None,
        "entry_product_id": launch.entry_product_id or None,
        **{name: _format_time(getattr(launch, name)) for name in _TIMES},
        "counts": {name: getattr(rollup, name, 0) for name in _COUNTS},
    }


def _list_scores(
    query: Mapping[str, str], client: ApiClient, limit: int, key: tuple[float, int] | None
) -> dict[str, Any]:
    launch = Launch.objects.filter(key=query["launch_id"], archived_at=None).first()
    if launch is None:
        raise ApiError(404, "no_such_launch", "there is no such launch; GET /v1/launches lists them", "launch_id")
    scores = _select_scores(launch, query.get("tier", ""))
    if key is not None:
        probability, contact_id = key
        scores = scores.filter(
            Q(probability__lt=probability) | Q(probability=probability, contact_id__gt=contact_id),
            probability__lte=probability,
        )
    found = list(scores[: limit + 1])
    rows = found[:limit]
    next_cursor = None
    if len(found) > limit:
        next_cursor = _build_cursor(f"{rows[-1].probability!r}_{rows[-1].contact_id}")
    has_contacts = query.get("contacts") == "true"
    ids = [score.contact_id for score in rows]
    permitted = {purpose: list_permitted(ids, purpose) for purpose in _PURPOSES}
    described, writer = [], ReasonWriter(_choose_language(query))
    for score in rows:
        may = [purpose.value for purpose in _PURPOSES if score.contact_id in permitted[purpose]]
        described.append(_describe_score(score, launch, writer, has_contacts) | {"may": may})
    if has_contacts and rows:
        details = {"credential": client.credential_id, "launch": launch.key, "rows": len(rows)}
        record_action(None, "scores.read_with_contacts", launch, **details)
    return {"scores": described, "next_cursor": next_cursor}


def _choose_language(query: Mapping[str, str]) -> Language:
    """Return the language that is asked for, else the installation's."""
    return next((language for language in LANGUAGES if language == query.get("language")), None) or get_language()


def _select_scores(launch: Launch, tier: str) -> QuerySet[CurrentScore]:
    scores = CurrentScore.objects.filter(launch=launch, contact__merged_into=None)
    if tier:
        scores = scores.filter(tier=tier)
    if hides_file_only(Installation.objects.get(id=1)):
        scores = scores.filter(contact__came_by_file_only=False)
    return scores.select_related("contact").order_by("-probability", "contact_id")


def _describe_score(score: CurrentScore, launch: Launch, writer: ReasonWriter, has_contacts: bool) -> dict[str, Any]:
    described = {
        "lead_id": str(score.contact_id),
        "launch_id": launch.key,
        "state": score.state,
        "as_of": _format_time(score.as_of),
        "scored_at": _format_time(score.scored_at),
        "probability": score.probability,
        "score": score.score,
        "tier": score.tier,
        "tier_policy": score.tier_policy,
        "reasons": writer.write_reasons(score),
        "findings": score.findings,
        "model_version": score.model_version,
    }
    if has_contacts:
        contact = score.contact
        described |= {"email": contact.email, "name": contact.name, "phone": contact.phone}
    return described


def _read_query(request: Request, *names: str) -> dict[str, str]:
    """Return the query by its names. Raises ApiError for one that the route does not have, or that comes twice."""
    pairs = request.query_params.multi_items()
    for name, _ in pairs:
        if name not in names or sum(name == other for other, _ in pairs) > 1:
            raise ApiError(422, "invalid", f"the query has {', '.join(names)}, each once", name[:100])
    return {name: value for name, value in pairs if "\0" not in value}


def _read_limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_ROWS))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_ROWS):
        raise ApiError(422, "invalid", f"limit is 1 to {MAX_ROWS}", "limit")
    return int(text)


def _read_cursor(query: Mapping[str, str]) -> str:
    if "cursor" not in query:
        return ""
    try:
        cursor = base64.b64decode(query["cursor"].encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _build_cursor_error() from None
    if not cursor:
        raise _build_cursor_error()
    return cursor


def _build_cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii")


def _parse_id(cursor: str) -> int:
    if not (cursor.isdecimal() and len(cursor) < 19):
        raise _build_cursor_error()
    return int(cursor)


def _parse_rank(cursor: str) -> tuple[float, int]:
    probability, _, contact_id = cursor.partition("_")
    try:
        return float(probability), _parse_id(contact_id)
    except ValueError:
        raise _build_cursor_error() from None


def _build_cursor_error() -> ApiError:
    return ApiError(422, "invalid", "cursor is what next_cursor of the page before said", "cursor")


def _format_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _close_after(read: Callable[[], _T]) -> _T:
    try:
        return read()
    finally:
        connection.close()
