"""Score leads as they arrive: the job behind ``engine.arrivals``, in the worker, which keeps the champion loaded.

A lead gets the bits that the next scoring of its launch would give it at the same instant: the same rows, context,
tiers and kernel.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ...history.launch import Launch as LabLaunch
from ...history.ledger_memory import find_owners
from ...history.timestamps import to_microseconds
from ...language import Phrase, encode_text
from ...scoring import TierPolicy
from ...scoring.online.launch_scorer import EncodedLeads, LaunchScorer
from ...scoring.online.rows import ParsedLead
from ..engine.arrivals import CHUNK_CONTACTS, SCORE_ARRIVALS
from ..engine.kinds import Options, Result
from ..engine.queue import enqueue_job
from ..feed.scores import remove_scores, store_rows
from ..models import Capture, Contact, Launch, ScoreState
from ..people.consent import list_objectors
from .champion import Champion, load_champion
from .launches import build_lab_launch, build_tiers, choose_opening, list_open_launches
from .lead_reader import read_leads

#: Reasons of a lead, as ``hotleads score`` gives by default.
MAX_REASONS = 3
_HEADER = ("tier_policy", "findings", "model_version", "feature_hash", "context_hash")


def score_arrivals(options: Options, _progress: Callable[[str], None]) -> Result:
    """Score the contacts of a job in the open launches that they belong to: some by id, or those of a batch in turn."""
    contact_ids, next_options = _take_contacts(options)
    remove_scores(sorted(list_objectors(contact_ids)))
    champion, launches = load_champion(), list_open_launches()
    if champion is None or not launches:
        reason = Phrase("no launch is open") if champion else Phrase("no model is trained yet")
        return {"scored": 0, "reason": encode_text(reason)}
    scored = score_contacts(champion, launches, contact_ids)
    if next_options is not None:
        key = f"{SCORE_ARRIVALS}:{next_options['batch_id']}:{next_options['after_id']}"
        enqueue_job(SCORE_ARRIVALS, next_options, idempotency_key=key)
    return {"scored": scored}


def score_contacts(champion: Champion, launches: Sequence[Launch], contact_ids: Sequence[int]) -> int:
    """Score contacts in each launch that they belong to, keep the scores, and return how many there are."""
    objectors = list_objectors(contact_ids)
    present = Contact.objects.filter(pk__in=contact_ids, merged_into=None, erased_at=None).order_by("pk")
    leads = read_leads(
        [contact_id for contact_id in present.values_list("pk", flat=True) if contact_id not in objectors]
    )
    return sum(_score_in_launch(champion, launch, leads) for launch in launches)


def _take_contacts(options: Options) -> tuple[list[int], dict[str, int] | None]:
    """Return the contacts of a job, and the options of the job that goes on with its batch, if one must."""
    if "batch_id" not in options:
        return [int(contact_id) for contact_id in options["contact_ids"]], None  # type: ignore[union-attr, arg-type]
    batch_id, after_id = int(options["batch_id"]), int(options["after_id"])  # type: ignore[arg-type]
    rows = Capture.objects.visible().filter(batch_id=batch_id, pk__gt=after_id).order_by("pk")
    taken = list(rows.values_list("pk", "contact_id")[:CHUNK_CONTACTS])
    is_last = len(taken) < CHUNK_CONTACTS
    return sorted({contact_id for _, contact_id in taken}), (
        None if is_last else {"batch_id": batch_id, "after_id": taken[-1][0]}
    )


def _score_in_launch(champion: Champion, launch: Launch, leads: Sequence[ParsedLead]) -> int:
    described = build_lab_launch(launch)
    tiers = build_tiers(launch)
    scorer = champion.get_launch_scorer(described, tiers if isinstance(tiers, TierPolicy) else None)
    opened = choose_opening(described)
    members, times = _select_members(launch, opened, scorer, leads)
    former = {int(lead.lead_id) for lead in leads} - {int(lead.lead_id) for lead in members}
    remove_scores(sorted(former), provisional_in=launch)
    if not members:
        return 0
    features = scorer.compute_features(scorer.encode(members).rows, times)
    header = {name: scorer.header[name] for name in _HEADER}
    rows = scorer.score(members, times, features, MAX_REASONS, "en")
    scored = {int(row["lead_id"]): {**header, **row, "as_of": datetime.fromisoformat(row["as_of"])} for row in rows}
    return store_rows(scored, launch, _choose_state(champion, described, opened), scorer.get_formatter("en"))


def _choose_state(champion: Champion, launch: LabLaunch, opened: LabLaunch) -> ScoreState:
    """Return final where the launch was scored as it opened: until then its context may still change."""
    if launch.strategy == "perpetual":
        return ScoreState.FINAL
    profile = champion.get_profile(launch.launch_id)
    is_final = opened == launch and profile is not None and profile.launch.as_of == launch.as_of
    return ScoreState.FINAL if is_final else ScoreState.PROVISIONAL


def _select_members(
    launch: Launch, opened: LabLaunch, scorer: LaunchScorer, leads: Sequence[ParsedLead]
) -> tuple[list[ParsedLead], list[int]]:
    """Return the leads that are in the launch's cohort, each with its ``as_of``: by the rules of ``build_cohort``."""
    candidates = [(lead, as_of) for lead in leads if (as_of := _find_as_of(launch, opened, lead)) is not None]
    if not candidates:
        return [], []
    encoded = scorer.encode([lead for lead, _ in candidates])
    times = np.array([as_of for _, as_of in candidates], np.int64)
    is_member = ~_find_owners(encoded, opened.product_id, times)
    if opened.strategy == "paid":
        is_member &= _find_owners(encoded, opened.entry_product_id, times)
    kept = [candidate for candidate, keep in zip(candidates, is_member, strict=True) if keep]
    return [lead for lead, _ in kept], [as_of for _, as_of in kept]


def _find_owners(encoded: EncodedLeads, product_id: str | None, times: Any) -> Any:
    if product_id is None:
        return np.zeros(len(times), np.bool_)
    return find_owners(encoded.ledger, product_id, times)


def _find_as_of(launch: Launch, opened: LabLaunch, lead: ParsedLead) -> int | None:
    if opened.strategy == "perpetual":
        return lead.find_first_capture(opened)
    as_of = to_microseconds(opened.as_of)
    if opened.strategy == "paid" or _is_named(lead, opened.launch_id, as_of):
        return as_of
    is_known = any(row.captured_at < as_of for row in lead.captures) or any(row[0] < as_of for row in lead.purchases)
    return as_of if is_known and not _has_named_captures(launch, opened.as_of) else None


def _is_named(lead: ParsedLead, launch_id: str, as_of: int) -> bool:
    return any(row.captured_at <= as_of and row.fields.get("launch_id") == launch_id for row in lead.captures)


def _has_named_captures(launch: Launch, as_of: datetime) -> bool:
    """Return whether some capture makes its lead part of a classic launch; where none does, all known leads are."""
    return Capture.objects.visible().filter(launch=launch, captured_at__lte=as_of).exists()
