"""The process target: a supervised local server for each model and environment, handed over without a lost request."""
