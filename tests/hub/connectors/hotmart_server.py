"""A Hotmart of our own: its token, its headers, its paging, its rules of what is listed without a filter."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.hub.connectors.servers import FaultyServer

CLIENT_ID, CLIENT_SECRET = "client-id", "client-secret"
PAYMENTS, CLUB = "/payments/api/v1", "/club/api/v1"
#: What Hotmart lists where no status is asked for.
_LISTED = ("APPROVED", "COMPLETE")
_MAX_PAGE = 500
_WINDOW_DAYS = 30


def to_milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def build_sale(transaction: str, status: str, ordered_at: datetime, **changes: Any) -> dict[str, Any]:
    """Return a sale as the sales history lists it."""
    email = changes.pop("email", f"{transaction.lower()}@example.com")
    approved = (
        {} if status in {"STARTED", "PRINTED_BILLET"} else {"approved_date": to_milliseconds(ordered_at) + 60_000}
    )
    purchase = {
        "transaction": transaction,
        "order_date": to_milliseconds(ordered_at),
        "status": status,
        "recurrency_number": 1,
        "is_subscription": False,
        "commission_as": "PRODUCER",
        "price": {"value": 100.5, "currency_code": "BRL"},
        "payment": {"method": "CREDIT_CARD", "type": "CREDIT_CARD", "installments_number": 3},
        "tracking": {"source_sck": "cake|email|video"},
        "offer": {"code": "abc", "payment_mode": "INVOICE"},
    }
    return {
        "product": {"id": 4242, "name": "Cakes"},
        "buyer": {"name": "Ana Lima", "email": email, "ucode": "u-1"},
        "producer": {"name": "The Owner", "ucode": "u-0"},
        "purchase": purchase | approved | changes,
        "a_field_of_next_year": {"new": True},
    }


@dataclass
class HotmartServer(FaultyServer):
    """The state of the account that is served."""

    sales: list[dict[str, Any]] = field(default_factory=list)
    participants: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    summaries: list[dict[str, Any]] = field(default_factory=list)
    students: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    products: list[dict[str, Any]] = field(default_factory=list)
    refunded: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    page_size: int = 2
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def expire_token(self) -> None:
        self.tokens.append("")

    def build_app(self) -> web.Application:
        api = web.Application(middlewares=[self.build_middleware(), self._build_authorization()])
        api.add_routes(
            [
                web.get("/user/api/v1/me", self._get_profile),
                web.get(f"{PAYMENTS}/sales/history", self._list_sales),
                web.get(f"{PAYMENTS}/sales/users", self._list_participants),
                web.get(f"{PAYMENTS}/sales/summary", self._list_totals),
                web.get(f"{PAYMENTS}/sales/commissions", self._list_commissions),
                web.get(f"{PAYMENTS}/sales/price/details", self._list_details),
                web.put(f"{PAYMENTS}/sales/{{transaction}}/refund", self._refund),
                web.get(f"{PAYMENTS}/subscriptions", self._list_subscriptions),
                web.get(f"{PAYMENTS}/subscriptions/summary", self._list_summaries),
                web.get(f"{PAYMENTS}/subscriptions/{{code}}/purchases", self._list_charges),
                web.post(f"{PAYMENTS}/subscriptions/{{code}}/cancel", self._cancel),
                web.post(f"{PAYMENTS}/subscriptions/{{code}}/reactivate", self._reactivate),
                web.get("/products/api/v1/products", self._list_products),
                web.get(f"{CLUB}/modules", self._list_modules),
                web.get(f"{CLUB}/users", self._list_students),
                web.get(f"{CLUB}/users/{{user_id}}/lessons", self._list_lessons),
            ]
        )
        app = web.Application()
        app.add_routes([web.post("/security/oauth/token", self._make_token)])
        app.add_subapp("/api", api)
        return app

    async def _make_token(self, request: web.Request) -> web.Response:
        self.requests.append("token")
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        query = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        is_right = request.headers.get("Authorization") == f"Basic {basic}" and dict(request.query) == query
        if not is_right or request.content_type != "application/json":
            return web.json_response({"error": "unauthorized_client"}, status=401)
        self.tokens.append(f"token-{len(self.tokens)}")
        return web.json_response({"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 86400})

    def _build_authorization(self) -> Any:
        @web.middleware
        async def authorize(request: web.Request, handler: Any) -> Any:
            if not self.tokens or request.headers.get("Authorization") != f"Bearer {self.tokens[-1]}":
                return web.json_response({"error": "token_expired"}, status=401)
            return await handler(request)

        return authorize

    async def _get_profile(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": 7, "name": "The Owner", "email": "owner@example.com"})

    async def _list_sales(self, request: web.Request) -> web.Response:
        allowed = {
            "start_date",
            "end_date",
            "transaction_status",
            "transaction",
            "commission_as",
            "product_id",
            "select",
        }
        _check(request, allowed)
        return self._answer_page(request, self._select_sales(request.query))

    async def _list_participants(self, request: web.Request) -> web.Response:
        _check(request, {"start_date", "end_date", "transaction_status", "transaction"})
        listed = {sale["purchase"]["transaction"] for sale in self._select_sales(request.query)}
        return self._answer_page(request, [row for row in self.participants if row["transaction"] in listed])

    async def _list_totals(self, request: web.Request) -> web.Response:
        sales = self._select_sales(request.query)
        total = {"total_items": len(sales), "total_value": {"value": 100.5 * len(sales), "currency_code": "BRL"}}
        return self._answer_page(request, [total])

    async def _list_commissions(self, request: web.Request) -> web.Response:
        part = {"commission": {"value": 9.9, "currency_value": "BRL"}, "user": {"name": "Bia"}, "source": "AFFILIATE"}
        rows = [
            {"transaction": sale["purchase"]["transaction"], "commissions": [part]}
            for sale in self._select_sales(request.query)
        ]
        return self._answer_page(request, rows)

    async def _list_details(self, request: web.Request) -> web.Response:
        rows = [
            {
                "transaction": sale["purchase"]["transaction"],
                "total": sale["purchase"]["price"],
                "coupon": {"code": "TEN"},
            }
            for sale in self._select_sales(request.query)
        ]
        return self._answer_page(request, rows)

    async def _refund(self, request: web.Request) -> web.Response:
        self.refunded.append(request.match_info["transaction"])
        return web.Response(status=200)

    async def _list_subscriptions(self, request: web.Request) -> web.Response:
        _check(request, {"accession_date", "end_accession_date", "status", "product_id"})
        return self._answer_page(request, self._select_subscriptions(request, self.subscriptions))

    async def _list_summaries(self, request: web.Request) -> web.Response:
        return self._answer_page(request, self._select_subscriptions(request, self.summaries))

    def _select_subscriptions(self, request: web.Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        query = request.query
        since = int(query.get("accession_date", to_milliseconds(self.now - timedelta(days=_WINDOW_DAYS))))
        until = int(query.get("end_accession_date", to_milliseconds(self.now)))
        statuses = query.getall("status", [])
        return [
            row
            for row in rows
            if since <= row["accession_date"] <= until and (not statuses or row["status"] in statuses)
        ]

    async def _list_charges(self, request: web.Request) -> web.Response:
        _check(request, set(), is_paged=False)
        return web.json_response(
            [{"transaction": "HP1", "status": "COMPLETE", "price": {"value": 9, "currency_code": "BRL"}}]
        )

    async def _cancel(self, request: web.Request) -> web.Response:
        assert (await request.json()) == {"send_mail": False}
        code = request.match_info["code"]
        return web.json_response(
            [{"subscriber_code": code, "status": "INACTIVE", "creation_date": "2024-12-11 15:35:02"}]
        )

    async def _reactivate(self, request: web.Request) -> web.Response:
        assert (await request.json()) == {"charge": True}
        return web.json_response({"subscriber_code": request.match_info["code"], "status": "ACTIVE"})

    async def _list_products(self, request: web.Request) -> web.Response:
        return self._answer_page(request, self.products)

    async def _list_modules(self, request: web.Request) -> web.Response:
        _check(request, {"subdomain", "is_extra"}, is_paged=False)
        return web.json_response(
            [{"module_id": "M1", "name": "Dough", "is_extra": request.query.get("is_extra") == "true"}]
        )

    async def _list_students(self, request: web.Request) -> web.Response:
        return self._answer_page(request, self.students[request.query["subdomain"]])

    async def _list_lessons(self, request: web.Request) -> web.Response:
        _check(request, {"subdomain"}, is_paged=False)
        return web.json_response(
            {"lessons": [{"page_id": "P1", "is_completed": True, "completed_date": 1738675743943}]}
        )

    def _select_sales(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        since, until = int(query.get("start_date", 0)), int(query.get("end_date", 1 << 60))
        statuses = [query["transaction_status"]] if "transaction_status" in query else list(_LISTED)
        if "transaction" in query:
            return [sale for sale in self.sales if sale["purchase"]["transaction"] == query["transaction"]]
        role = query.get("commission_as", "")
        return [
            sale
            for sale in self.sales
            if since <= sale["purchase"]["order_date"] <= until
            and sale["purchase"]["status"] in statuses
            and role in ("", sale["purchase"]["commission_as"])
        ]

    def _answer_page(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        token = request.query.get("page_token", "")
        if token and not token.startswith("page-"):
            return web.json_response({"error": "invalid_token"}, status=400)
        size = min(int(request.query.get("max_results", 50)), _MAX_PAGE, self.page_size)
        start = int(token.removeprefix("page-") or 0)
        info: dict[str, Any] = {"total_results": len(rows), "results_per_page": size}
        if start + size < len(rows):
            info["next_page_token"] = f"page-{start + size}"
        return web.json_response({"items": rows[start : start + size], "page_info": info})


def _check(request: web.Request, allowed: set[str], *, is_paged: bool = True) -> None:
    """Refuse parameters that Hotmart does not have, and dates in seconds."""
    unknown = set(request.query) - allowed - ({"max_results", "page_token"} if is_paged else set())
    in_seconds = [name for name in request.query if name.endswith("_date") and len(request.query[name]) < 12]
    if unknown or in_seconds:
        raise web.HTTPBadRequest(text='{"error": "invalid_parameter"}')
