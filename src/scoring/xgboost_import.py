"""Import XGBoost for scoring, which needs none of its estimators."""

import sys


def import_xgboost_alone() -> None:
    """Import XGBoost without scikit-learn, which it imports where that is installed, for its own estimators.

    scikit-learn, with SciPy's statistics, would take two seconds of processor time and 100 MB. Only for programs that
    fit nothing: ``xgboost.XGBClassifier`` does not work afterwards.
    """
    if "xgboost" in sys.modules or "sklearn" in sys.modules:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        import xgboost as xgboost
    finally:
        del sys.modules["sklearn"]
