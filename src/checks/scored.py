"""What a launch's scored rows must say of themselves."""

from collections.abc import Collection, Mapping

from ..history import History, Launch, LaunchError
from .context import CheckContext
from .duplicates import duplicated_leads
from .launches import launch_findings

_IN_SEVERAL = """
    SELECT lead_id FROM purchases WHERE bought AND currency IS NOT NULL AND occurred_at < $as_of
    GROUP BY lead_id HAVING count(DISTINCT currency) > 1 OR any_value(currency) != (
        SELECT currency FROM purchases WHERE bought AND currency IS NOT NULL AND occurred_at < $as_of
        GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1)
"""


def check_before_scoring(history: History, launch: Launch) -> Mapping[str, Collection[str] | None]:
    """Codes with the leads that each concerns (None: all of the launch's), for ``hotleads.scoring.score_launch``.

    Raises LaunchError, with the code, where the launch cannot be scored.
    """
    with history.connect() as con:
        material = CheckContext(history, con, launch)
        found: dict[str, Collection[str] | None] = {}
        for each in launch_findings(material, launch):
            if each.severity == "error":
                raise LaunchError(f"{each.what}. {each.remedy}", each.code)
            found[each.code] = None
        people = {
            "duplicate-person": duplicated_leads(material),
            "mixed-currencies": {lead for (lead,) in material.rows(_IN_SEVERAL, as_of=launch.as_of)},
        }
        return found | {code: leads for code, leads in people.items() if leads}
