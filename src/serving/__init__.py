"""The scoring service: the champion behind HTTP."""

from ..scoring.xgboost_import import import_xgboost_alone

import_xgboost_alone()
