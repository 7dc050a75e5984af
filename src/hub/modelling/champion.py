"""The champion, kept loaded from one job to the next: loaded again once another model or launch profile is there."""

from dataclasses import replace

from ...history.launch import Launch as LabLaunch
from ...scoring import LaunchProfile
from ...scoring.online.launch_scorer import LaunchScorer
from ...scoring.online.scorer import Scorer
from ...scoring.tiers import TierPolicy, tier_by_rate
from ...tracking.registry import CHAMPION_URI
from ...tracking.scorers import load_scorer, read_scorer_state

_MAX_LAUNCH_SCORERS = 16


class Champion:
    """The model that scores by default, with the launches that it has scored as a batch.

    Parameters
    ----------
    scorer
        The model and the profiles of its launches.
    state
        What ``read_scorer_state`` returned for it.
    """

    def __init__(self, scorer: Scorer, state: tuple[object, ...]) -> None:
        self.state = state
        self._scorer = scorer
        self._launch_scorers: dict[LabLaunch, LaunchScorer] = {}

    def get_profile(self, launch_id: str) -> LaunchProfile | None:
        """Return what a launch was scored with last; None: this model has not scored it yet."""
        return self._scorer.launches.get(launch_id)

    def get_launch_scorer(self, launch: LabLaunch, tiers: TierPolicy | None) -> LaunchScorer:
        """Return the scorer of a launch as it is declared now.

        It has the context, tiers and comparisons of the launch's last scoring. A launch without one is scored in the
        model's own context and compared with nobody, by ``tiers`` or the usual ones.
        """
        if launch not in self._launch_scorers:
            profile = self.get_profile(launch.launch_id)
            if profile is None:
                context = self._scorer.model.context
                profile = LaunchProfile(launch, context, tiers or tier_by_rate(context))
            if len(self._launch_scorers) >= _MAX_LAUNCH_SCORERS:
                self._launch_scorers.clear()
            self._launch_scorers[launch] = LaunchScorer(self._scorer.model, replace(profile, launch=launch))
        return self._launch_scorers[launch]


_loaded: Champion | None = None


def load_champion() -> Champion | None:
    """Return the champion of the installation, loaded once a process; None: there is none yet."""
    global _loaded
    try:
        state = read_scorer_state(CHAMPION_URI)
    except LookupError:
        return None
    if _loaded is None or _loaded.state != state:
        _loaded = Champion(load_scorer(CHAMPION_URI, state), state)
    return _loaded
