"""The truth of a block as a table: one row a scored lead of a launch."""

import numpy as np
import pyarrow as pa

from .arrays import BoolArray, FloatArray, IntArray
from .block import Block
from .columns import decode_words, format_lead_ids, mask_missing, to_timestamps
from .leads_table import name_campaigns
from .truth import TREATED, UNTESTED
from .world import World


def build_truth_table(world: World, block: Block, second: FloatArray) -> pa.Table:
    """Return truth and outcome. A lead of two identities is one person: both of its ids carry that person's truth."""
    row = np.arange(len(block.truth))
    twice = row[np.isfinite(second[block.truth.lead])]
    second_id = np.arange(len(row) + len(twice)) >= len(row)
    return _build_rows(world, block, np.concatenate([row, twice]), second_id)


def _build_rows(world: World, block: Block, row: IntArray, second_id: BoolArray) -> pa.Table:
    truth = block.truth.take(row)
    untested = truth.treated == UNTESTED
    effect = np.where(untested, np.nan, truth.probability_treated - truth.probability_control)
    return pa.table(
        {
            "launch_id": decode_words([one.launch_id for one in world.launches], truth.launch),
            "lead_id": format_lead_ids(block.first, len(block.people), truth.lead, second_id),
            "as_of": to_timestamps(truth.as_of),
            "until": to_timestamps(truth.until),
            "probability": pa.array(truth.probability),
            "label": pa.array(block.label[row].astype(np.int8)),
            "probability_mature": pa.array(truth.probability_mature),
            "label_mature": pa.array(block.label_mature[row].astype(np.int8)),
            "campaign": name_campaigns(world, truth.launch, truth.channel),
            "campaign_effect": pa.array(truth.campaign_effect),
            "treated": mask_missing((truth.treated == TREATED).astype(np.int64), ~untested),
            "treatment_effect": pa.array(effect, from_pandas=True),
        }
    )
