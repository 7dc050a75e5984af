"""MLflow: the client, the model registry with its aliases, and queries of runs."""
