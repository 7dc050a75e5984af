"""Exact path-dependent SHAP values of an XGBoost forest, looked up in tables. docs/reasons.md derives them."""
