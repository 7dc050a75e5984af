"""Products of a Hotmart account: what their ids are called."""

from ...clock import get_now
from ...connectors.hotmart_client import HotmartClient
from ...connectors.hotmart_rows import Product as ProductRow
from ...models import Product
from ..hotmart.values import MAX_NAME, read_text
from .runs import PullRun

_MAX_WORD = 32


def pull_products(run: PullRun[HotmartClient]) -> None:
    """Pull the account's products; one that it no longer lists stays as it was last seen."""
    for page in run.session.iter_pages(run.session.client.list_products()):
        rows = {read_text(row.id): row for row in run.note_page(page) if row.id is not None}
        known = set(
            Product.objects.filter(connection=run.connection, product_id__in=rows).values_list("product_id", flat=True)
        )
        run.written.new += len(rows.keys() - known)
        Product.objects.bulk_create(
            [_build_product(run, product_id, row) for product_id, row in rows.items()],
            update_conflicts=True,
            unique_fields=["connection", "product_id"],
            update_fields=["name", "status", "format", "is_subscription", "seen_at"],
        )


def _build_product(run: PullRun[HotmartClient], product_id: str, row: ProductRow) -> Product:
    return Product(
        connection=run.connection,
        product_id=product_id,
        name=read_text((row.name or "")[:MAX_NAME], MAX_NAME),
        status=read_text((row.status or "")[:_MAX_WORD]),
        format=read_text((row.format or "")[:_MAX_WORD]),
        is_subscription=bool(row.is_subscription),
        seen_at=get_now(),
    )
