"""Verbs about what models are made of, and whether that is true."""

from __future__ import annotations

from typing import Annotated

import typer

from mlspec.cli.arguments import Models, call


def lock(
    models: Models = None,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest versions that fit.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a lock that was written by hand.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 where a lock is not of what is asked for.")
    ] = False,
) -> int:
    """Pin, with hashes, the packages that models train with.

    Resolves training.environment.requirements and packages, and what mlspec's steps need, into
    training.environment.lock. Versions stay as they are where they can.

    Example: mlspec lock wine --upgrade
    """
    return call("lock", models=models or [], upgrade=upgrade, force=force, check=check)
