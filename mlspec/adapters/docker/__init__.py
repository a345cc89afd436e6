"""One Docker engine: its client, and the target that runs containers on it."""
