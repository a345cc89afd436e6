"""`python -m mlspec`."""

from mlspec.cli.entry import main

main()
