"""An ActiveCampaign of our own: its key, its paging by ids and by offset, its limit of calls a second."""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.hub.connectors.servers import FaultyServer

API_KEY = "an-api-key"
_MAX_PAGE = 100


@dataclass
class ActiveCampaignServer(FaultyServer):
    """The state of the account that is served; ``members`` are the ids of each list's contacts."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    members: dict[str, set[str]] = field(default_factory=dict)
    unsubscribed: set[str] = field(default_factory=set)
    in_both_states: set[str] = field(default_factory=set)
    fields: list[dict[str, Any]] = field(default_factory=list)
    field_values: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 2
    calls_a_second: int | None = None
    refused: int = 0
    calls: deque[float] = field(default_factory=deque)

    def build_app(self) -> web.Application:
        app = web.Application(middlewares=[self.build_middleware(), self._build_guard()])
        app.add_routes(
            [
                web.get("/api/3/lists", self._list_lists),
                web.get("/api/3/fields", self._list_fields),
                web.get("/api/3/fieldValues", self._list_field_values),
                web.get("/api/3/contacts", self._list_contacts),
                web.get("/api/3/contacts/{contact}/fieldValues", self._list_values_of_contact),
            ]
        )
        return app

    def _build_guard(self) -> Any:
        @web.middleware
        async def guard(request: web.Request, handler: Any) -> Any:
            if request.headers.get("Api-Token") != API_KEY:
                return web.json_response({"message": "You are not authorized"}, status=403)
            now = time.monotonic()
            self.calls.append(now)
            while self.calls[0] <= now - 1:
                self.calls.popleft()
            if self.calls_a_second is not None and len(self.calls) > self.calls_a_second:
                self.refused += 1
                return web.json_response({"message": "slow down"}, status=429, headers={"Retry-After": "1"})
            return await handler(request)

        return guard

    async def _list_lists(self, request: web.Request) -> web.Response:
        return self._answer_by_offset(request, "lists", self.lists)

    async def _list_fields(self, request: web.Request) -> web.Response:
        return self._answer_by_offset(request, "fields", self.fields)

    async def _list_field_values(self, request: web.Request) -> web.Response:
        return self._answer_by_offset(request, "fieldValues", self.field_values)

    async def _list_values_of_contact(self, request: web.Request) -> web.Response:
        contact = request.match_info["contact"]
        return web.json_response({"fieldValues": [row for row in self.field_values if row["contact"] == contact]})

    async def _list_contacts(self, request: web.Request) -> web.Response:
        query = request.query
        assert query["orders[id]"] == "ASC"
        members = self.members.get(query["listid"], set()) if "listid" in query else None
        since = query.get("filters[updated_after]")
        rows = [
            row
            for row in sorted(self.contacts, key=lambda row: int(row["id"]))
            if int(row["id"]) > int(query["id_greater"])
            and (members is None or row["id"] in members)
            and ("status" not in query or query["status"] in self._list_states(row["id"]))
            and (since is None or datetime.fromisoformat(row["udate"]) > datetime.fromisoformat(since))
        ]
        size = self._get_size(request)
        return web.json_response({"contacts": rows[:size], "meta": {"total": str(len(rows))}})

    def _list_states(self, contact_id: str) -> set[str]:
        if contact_id in self.in_both_states:
            return {"1", "2"}
        return {"2"} if contact_id in self.unsubscribed else {"1"}

    def _answer_by_offset(self, request: web.Request, name: str, rows: list[dict[str, Any]]) -> web.Response:
        offset = int(request.query["offset"])
        page = rows[offset : offset + self._get_size(request)]
        return web.json_response({name: page, "meta": {"total": str(len(rows))}})

    def _get_size(self, request: web.Request) -> int:
        return min(int(request.query.get("limit", 20)), _MAX_PAGE, self.page_size)


def build_contact(number: int, **changes: Any) -> dict[str, Any]:
    """Return a contact as the list of contacts has it."""
    return {
        "id": str(number),
        "email": f"lead{number}@example.com",
        "phone": "",
        "firstName": "Ana",
        "lastName": "Lima",
        "cdate": "2026-03-01T09:00:00-05:00",
        "udate": "2026-03-02T09:00:00-05:00",
        "deleted": "0",
        "links": {"fieldValues": "https://example.com"},
        **changes,
    }
