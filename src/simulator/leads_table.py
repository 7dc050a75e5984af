"""The ``leads`` table of a block: one row a capture, ordered by lead and time."""

import numpy as np
import pyarrow as pa

from .arrays import FloatArray, IntArray
from .attributes import attribute_columns
from .block import Block
from .campaigns import CHANNELS
from .captures import SOURCES, Captures
from .columns import instants, lead_ids, words
from .defects import leaked_columns, utm_survives
from .identity import ALIAS_SHARE, people_columns
from .places import COUNTRIES
from .streams import BlockStreams
from .world import World

CONSENT_SHARE = 0.9


def known_captures(world: World, block: Block) -> Captures:
    """A capture at the very opening of the last cart still belongs to it, and is known."""
    return block.captures.take(block.captures.captured_at <= world.known_until)


def leads_table(world: World, block: Block, captures: Captures, second: FloatArray, streams: BlockStreams) -> pa.Table:
    """The captures as a table; ``second`` is when each lead's second identity begins."""
    rng = streams.of("identity")
    moved = captures.captured_at >= second[captures.lead]
    aliased = ((captures.is_repeat == 1) & (rng.random(len(captures)) < ALIAS_SHARE)) | moved
    country = block.people.country[captures.lead]
    number = block.first + captures.lead
    channel = np.where(utm_survives(world, captures, streams.of("defects")), captures.channel, -1)
    return pa.table(
        {
            "lead_id": lead_ids(block.first, len(block.people), captures.lead, moved),
            "captured_at": instants(captures.captured_at),
            "launch_id": words([one.launch_id for one in world.launches], captures.launch),
            **people_columns(number, country, aliased, rng),
            "country": words([c.code for c in COUNTRIES], country),
            "language": words([c.language for c in COUNTRIES], country),
            "source": words(SOURCES, captures.source),
            "utm_source": words([c.utm_source for c in CHANNELS], channel),
            "utm_medium": words([c.utm_medium for c in CHANNELS], channel),
            "utm_campaign": campaign_names(world, captures.launch, channel),
            "consent": pa.array(rng.random(len(captures)) < CONSENT_SHARE),
            **attribute_columns(block.people, captures, streams.of("attributes")),
            **leaked_columns(world, block, captures, streams.of("leak")),
        }
    )


def campaign_names(world: World, launch: IntArray, channel: IntArray) -> pa.Array:
    """``<launch>-<channel>``, missing where there is no channel."""
    names = [f"{one.launch_id}-{c.name}" for one in world.launches for c in CHANNELS]
    named = (launch >= 0) & (channel >= 0)
    return words(names, np.where(named, launch * len(CHANNELS) + channel, -1))
