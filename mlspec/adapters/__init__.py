"""The real ports: git, DVC, processes."""
