"""A judgement: all that is known of a score, the verdict first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from ..checks import Finding
from .level import Calibration, PointsMeaning, Step, describe_points
from .money import CallList
from .order import OrderFigures, RivalComparison
from .rivals import SIMPLE
from .scales import Scale
from .verdict import Standing, Verdict, judge_list


@dataclass(frozen=True)
class JudgedLaunch:
    """A launch that a score was judged by.

    Attributes
    ----------
    launch_id
        Its id; empty where scores were judged by a horizon.
    leads, buyers
        How many of its leads were judged, and how many of them bought.
    as_of, until
        The first judged moment, and the end of the last window.
    """

    launch_id: str
    leads: int
    buyers: int
    as_of: datetime
    until: datetime


@dataclass(frozen=True)
class Judgement:
    """What is known of a score, the verdict first.

    Attributes
    ----------
    verdict
        The verdict.
    name
        The file of the scores.
    scale
        What its values are.
    columns
        The file's columns that were read: ``lead``, ``score``, ``scored_at``, ``launch``.
    launches
        The launches that it was judged by.
    judged, buyers
        Rows that were judged, and those who bought.
    excluded
        Leads of the file that were not judged, by reason.
    buyers_before_score
        Buyers who had bought before their score was given.
    order
        How it orders leads; None where nobody could be judged.
    rivals
        The comparison with each rival.
    calibration
        Of probabilities; None for other scales.
    heights
        How many bought at each height of the score.
    steps
        Where more points surely meant fewer buyers.
    lists
        Call lists of the score, of the best simple rule and of our model.
    currency
        Of the amounts; None where there are none.
    findings
        What is wrong, with codes and remedies.
    notes
        What else a reader should know.
    """

    verdict: Verdict
    name: str
    scale: Scale
    columns: Mapping[str, str | None]
    launches: Sequence[JudgedLaunch]
    judged: int
    buyers: int
    excluded: Mapping[str, int]
    buyers_before_score: int
    order: OrderFigures | None = None
    rivals: Sequence[RivalComparison] = ()
    calibration: Calibration | None = None
    heights: pd.DataFrame = field(default_factory=pd.DataFrame)
    steps: Sequence[Step] = ()
    lists: Sequence[CallList] = ()
    currency: str | None = None
    findings: Sequence[Finding] = ()
    notes: Sequence[str] = ()

    @property
    def best_simple(self) -> RivalComparison | None:
        """The simple rule that orders the leads best."""
        simple = [rival for rival in self.rivals if rival.name in SIMPLE]
        return min(simple, key=lambda rival: rival.difference["roc_auc"].estimate, default=None)

    @property
    def list_of_best_simple(self) -> CallList | None:
        """The call list of the simple rule that orders the leads best."""
        best = self.best_simple
        return next((entry for entry in self.lists if best is not None and entry.name == best.name), None)

    @property
    def list_standing(self) -> Standing | None:
        """How the score's own call list stands against that one; None where there is none."""
        entry = self.list_of_best_simple
        return judge_list(entry.more_buyers) if entry is not None and entry.more_buyers is not None else None

    @property
    def points(self) -> PointsMeaning | None:
        """What a hundred points meant; None for probabilities and words."""
        if self.scale.kind != "points" or self.scale.is_reversed:
            return None
        return describe_points(self.heights)
