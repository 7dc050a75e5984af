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

#: Declared for every history. Adding a feature is adding a declaration to one of the four.
FEATURES: tuple[Feature, ...] = PURCHASE_FEATURES + PAYMENT_FEATURES + CAPTURE_FEATURES + EVENT_FEATURES


def list_features(history: History, as_of: datetime) -> tuple[Feature, ...]:
    """Every feature for this history: the declared, then what its leads did and said before ``as_of``."""
    found = FeatureDiscovery(history, as_of, list_capture_fields(history, as_of))
    scan_history(history, found.counts)
    return FEATURES + found.features()
