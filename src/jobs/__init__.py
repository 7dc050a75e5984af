"""Jobs: import, check, backtest, train, score, monitor and the others, one a file, for whatever starts them."""
