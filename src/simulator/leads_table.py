"""The ``leads`` table of a block: one row a capture, ordered by lead and time."""

import numpy as np
import pyarrow as pa

from .arrays import FloatArray, IntArray
from .attributes import draw_attributes
from .block import Block
from .campaigns import CHANNELS
from .captures import SOURCES, Captures
from .columns import decode_words, format_lead_ids, to_timestamps
from .countries import COUNTRIES
from .defects import build_leaked_columns, draw_utm_survival
from .identity import ALIAS_SHARE, build_people_columns
from .streams import BlockStreams
from .world import World

CONSENT_SHARE = 0.9


def select_known_captures(world: World, block: Block) -> Captures:
    """Select the captures known at the end; one at the very opening of the last cart is among them."""
    return block.captures.take(block.captures.captured_at <= world.known_until)


def build_leads_table(
    world: World, block: Block, captures: Captures, second: FloatArray, streams: BlockStreams
) -> pa.Table:
    """Return the captures as a table; ``second`` is when each lead's second identity begins."""
    rng = streams.for_stage("identity")
    moved = captures.captured_at >= second[captures.lead]
    aliased = ((captures.is_repeat == 1) & (rng.random(len(captures)) < ALIAS_SHARE)) | moved
    country = block.people.country[captures.lead]
    number = block.first + captures.lead
    channel = np.where(draw_utm_survival(world, captures, streams.for_stage("defects")), captures.channel, -1)
    return pa.table(
        {
            "lead_id": format_lead_ids(block.first, len(block.people), captures.lead, moved),
            "captured_at": to_timestamps(captures.captured_at),
            "launch_id": decode_words([one.launch_id for one in world.launches], captures.launch),
            **build_people_columns(number, country, aliased, rng),
            "country": decode_words([c.code for c in COUNTRIES], country),
            "language": decode_words([c.language for c in COUNTRIES], country),
            "source": decode_words(SOURCES, captures.source),
            "utm_source": decode_words([c.utm_source for c in CHANNELS], channel),
            "utm_medium": decode_words([c.utm_medium for c in CHANNELS], channel),
            "utm_campaign": name_campaigns(world, captures.launch, channel),
            "consent": pa.array(rng.random(len(captures)) < CONSENT_SHARE),
            **draw_attributes(block.people, captures, streams.for_stage("attributes")),
            **build_leaked_columns(world, block, captures, streams.for_stage("leak")),
        }
    )


def name_campaigns(world: World, launch: IntArray, channel: IntArray) -> pa.Array:
    """Return ``<launch>-<channel>``, missing where there is no channel."""
    names = [f"{one.launch_id}-{c.name}" for one in world.launches for c in CHANNELS]
    named = (launch >= 0) & (channel >= 0)
    return decode_words(names, np.where(named, launch * len(CHANNELS) + channel, -1))
