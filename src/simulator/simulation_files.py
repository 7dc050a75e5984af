"""The small files beside the tables: launches, campaigns and how the history was made."""

import csv
import io
import json
from datetime import UTC, datetime

from .campaigns import CHANNELS
from .options import SimulationOptions
from .world import World

FORMAT = 1


def render_launches_file(world: World) -> bytes:
    """Return ``launches.csv``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "launch_id",
            "strategy",
            "product_id",
            "entry_product_id",
            "capture_starts_at",
            "capture_ends_at",
            "cart_opens_at",
            "cart_closes_at",
            "horizon_days",
        ]
    )
    ids = world.catalog.ids
    for one in world.launches:
        products = [ids[p] if p >= 0 else "" for p in (one.product, one.entry_product)]
        times = (one.capture_starts_at, one.capture_ends_at, one.cart_opens_at, one.cart_closes_at)
        writer.writerow([one.launch_id, one.strategy, *products, *map(_format_instant, times), one.horizon_days])
    return text.getvalue().encode()


def render_campaigns_file(world: World) -> bytes:
    """Return ``truth_campaigns.csv``: what each campaign truly does, for evaluation alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["launch_id", "campaign", "effect_log_odds", "selection", "share_of_newcomers", "share_of_returning"]
    )
    for number, one in enumerate(world.launches):
        if one.capture_starts_at is None:
            continue
        for channel, reached in enumerate(CHANNELS):
            c = world.campaigns
            figures = (c.effect, c.selection, c.newcomers, c.returning)
            row = [round(float(figure[number, channel]), 6) for figure in figures]
            writer.writerow([one.launch_id, f"{one.launch_id}-{reached.name}", *row])
    return text.getvalue().encode()


def render_simulation_file(world: World, options: SimulationOptions, rows: dict[str, int]) -> bytes:
    """Return ``simulation.json``: how the history was made, so that it can be made again."""
    levels = {"levels": [round(level, 6) for level in world.levels]} if any(world.levels) else {}
    record = {
        "format": FORMAT,
        "world": world.name,
        "seed": options.seed,
        "leads": options.leads,
        "launches": len(world.launches),
        "known_until": _format_instant(world.known_until),
        "ends_at": _format_instant(world.ends_at),
        "switches": world.switches.as_dict(),
        "last_launch_begins_at": _format_instant(world.last_launch_begins_at),
        "last_launch_scored_at": _format_instant(world.launches[-1].starts_at),
        "holdout_launch": world.launches[world.holdout].launch_id if world.holdout >= 0 else None,
        "rows": rows,
        **levels,
    }
    return (json.dumps(record, indent=2) + "\n").encode()


def _format_instant(seconds: int | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
