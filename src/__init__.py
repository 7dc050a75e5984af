"""Score leads by how likely they are to buy, from what people really bought.

The names that a notebook needs stand here and are imported when they are first used; every other public name is in the
package of its room (``hotleads.history``, ``hotleads.features``, ``hotleads.scoring`` ...).
"""

import os
from typing import TYPE_CHECKING

from .lazy_exports import attach_exports

if TYPE_CHECKING:
    from .checks import check_history as check_history
    from .features import FEATURES as FEATURES
    from .features import Feature as Feature
    from .features import build_features as build_features
    from .history import History as History
    from .history import Launch as Launch
    from .history import build_cohort as build_cohort
    from .history import get_sample_folder as get_sample_folder
    from .history import history_from_frames as history_from_frames
    from .history import import_history as import_history
    from .history import open_history as open_history
    from .monitoring import monitor_launch as monitor_launch
    from .scoring import Model as Model
    from .scoring import load as load
    from .scoring import save as save
    from .scoring import score_launch as score_launch
    from .scoring.online import build_request_leads as build_request_leads
    from .simulator import simulate as simulate
    from .training import FitOptions as FitOptions
    from .training import backtest as backtest
    from .training import fit_model as fit_model

# Read once when the OpenMP runtime loads: idle threads sleep instead of spinning, which nearly halves XGBoost's
# CPU time on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_get_export, _list_exports = attach_exports(__name__)


def __getattr__(name: str) -> object:
    """Import a public name from its package when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("hotleads")
    return _get_export(name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*_list_exports(), "__version__"})
