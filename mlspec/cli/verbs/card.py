"""`mlspec card`: a version for people, as Markdown."""

from __future__ import annotations

from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.naming import model_and_version
from mlspec.cli.session import know_chains
from mlspec.cli.wiring import RealPorts
from mlspec.compiler.card import card
from mlspec.errors import EXIT_DONE
from mlspec.reconciler.portrait import portrait


def run(*, model: str) -> int:
    """Print the model card."""
    ports = RealPorts(Path.cwd())
    know_chains(ports)
    found = portrait(ports, *model_and_version(model))
    console.out(card(found.made, found.today, found.record, found.commit))
    return EXIT_DONE
