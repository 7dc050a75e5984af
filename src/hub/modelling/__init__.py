"""Models and scores of the hub: checks, backtests, training, scoring of launches and of leads as they arrive."""
