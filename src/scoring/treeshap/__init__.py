"""Exact SHAP values of a forest, tabulated. docs/reasons.md derives them."""
