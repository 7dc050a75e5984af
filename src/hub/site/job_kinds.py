"""Every kind of job and every loop that the hub has, and who processes what arrives, registered by name."""

from ..engine.kinds import ARRIVALS_LANE, IMPORTS_LANE, PULLS_LANE, JobKind, register_kind
from ..engine.loops import Loop, register_loop
from ..intake.inbox_processors import register_processor

KINDS: tuple[JobKind, ...] = (
    JobKind("update", "hotleads.hub.modelling.requests:start_update", in_transaction=True),
    JobKind("sync", "hotleads.hub.feed.sync:run_sync"),
    JobKind("check", "hotleads.hub.modelling.training:run_checks"),
    JobKind("backtest", "hotleads.hub.modelling.training:run_backtesting"),
    JobKind("train", "hotleads.hub.modelling.training:run_training"),
    JobKind("score", "hotleads.hub.modelling.scoring:run_scoring"),
    JobKind("judge_scores", "hotleads.hub.modelling.judging:run_judging"),
    JobKind("recount", "hotleads.hub.figures.recount:run_recount"),
    JobKind("outcomes", "hotleads.hub.figures.outcomes:run_outcomes"),
    JobKind("fill_demo", "hotleads.hub.site.demo:run_demo", max_attempts=1),
    JobKind("score_past", "hotleads.hub.site.demo:run_past_scores"),
    JobKind("remove_demo", "hotleads.hub.site.demo_removal:run_removal"),
    JobKind("erase", "hotleads.hub.privacy.jobs:run_erase", max_attempts=5),
    JobKind("retention", "hotleads.hub.privacy.retention:run_retention"),
    JobKind("compact", "hotleads.hub.privacy.jobs:run_compact"),
    JobKind("apply_event_rules", "hotleads.hub.modelling.event_types:apply_event_rules", lane=IMPORTS_LANE),
    JobKind("import_upload", "hotleads.hub.intake.uploads:run_import", lane=IMPORTS_LANE),
    JobKind("pull", "hotleads.hub.intake.pulls.jobs:run_pull", PULLS_LANE, max_attempts=5),
    JobKind("score_arrivals", "hotleads.hub.modelling.arrivals:score_arrivals", ARRIVALS_LANE, in_worker=True),
)
LOOPS: tuple[Loop, ...] = (Loop("inbox", "hotleads.hub.intake.inbox:process_waiting"),)
#: The processor of each source of the inbox.
PROCESSORS = {
    "hotmart": "hotleads.hub.intake.hotmart.processing:process_items",
    "api_leads": "hotleads.hub.intake.api.processing:process_leads",
    "api_purchases": "hotleads.hub.intake.api.processing:process_purchases",
    "api_events": "hotleads.hub.intake.api.processing:process_events",
    "segment": "hotleads.hub.intake.segment.processing:process_items",
}


def register_kinds() -> None:
    """Make all kinds, loops and processors known to this process."""
    for kind in KINDS:
        register_kind(kind)
    for loop in LOOPS:
        register_loop(loop)
    for source, target in PROCESSORS.items():
        register_processor(source, target)
