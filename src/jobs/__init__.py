"""Jobs, one a file: import, check, backtest, train, score, monitor and the others, with a dataclass of options each.

The package itself imports nothing: each job has heavy libraries of its own.
"""
