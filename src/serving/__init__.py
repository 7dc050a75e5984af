"""The scoring service: the champion behind HTTP."""

import sys

if "xgboost" not in sys.modules and "sklearn" not in sys.modules:
    # XGBoost imports scikit-learn where it is installed, for its own estimators. A service fits none: scikit-learn
    # would take a part of its start and of its memory.
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        import xgboost as xgboost
    finally:
        del sys.modules["sklearn"]
