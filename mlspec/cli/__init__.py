"""The command line: thin, and lazy in what it imports."""
