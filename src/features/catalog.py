"""All features: the declared ones, and those that a history brings itself."""

from datetime import datetime

from ..history import History
from ..history.scan import scan_history
from .capture_features import CAPTURE_FEATURES
from .declaration import Feature
from .discovery import FeatureDiscovery, list_capture_fields
from .event_features import EVENT_FEATURES
from .payment_features import PAYMENT_FEATURES
from .purchase_features import PURCHASE_FEATURES
from .season_features import SEASON_FEATURES

#: Declared for every history. To add a feature, add a declaration to one of the five.
FEATURES: tuple[Feature, ...] = (
    PURCHASE_FEATURES + PAYMENT_FEATURES + CAPTURE_FEATURES + EVENT_FEATURES + SEASON_FEATURES
)


def list_features(history: History, as_of: datetime) -> tuple[Feature, ...]:
    """Return every feature of a history: the declared, then those of its own event types and capture fields.

    Parameters
    ----------
    history : History
        The history to read.
    as_of : datetime
        The instant: rows before it count.
    """
    discovery = FeatureDiscovery(history, as_of, list_capture_fields(history, as_of))
    scan_history(history, discovery.accumulators)
    return FEATURES + discovery.list_features()
