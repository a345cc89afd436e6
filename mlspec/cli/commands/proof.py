"""Verbs about what models are made of, and whether that is true."""

from __future__ import annotations

from typing import Annotated

import typer

from mlspec.cli.arguments import Json, Models, call


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


def verify(
    model: Annotated[
        str, typer.Argument(help="The model; its newest version where none is named.", metavar="MODEL[@VERSION]")
    ],
    json: Json = False,
) -> int:
    """Prove that a version is what its record says.

    Its record, files, data, code and environment are compared with the repository; then it is trained once more in
    a clone of its commit, and must give the same. Exits 3 where something differs. The repository stays as it is.

    Example: mlspec verify wine@v0.2.0
    """
    return call("verify", model=model, as_json=json)


def card(
    model: Annotated[
        str, typer.Argument(help="The model; its newest version where none is named.", metavar="MODEL[@VERSION]")
    ],
) -> int:
    """Print a version's model card, as Markdown.

    What it is for and whose it is, its data, training, metrics, slices, gates, limits and files, and how to
    reproduce it.

    Example: mlspec card wine@v0.2.0 > CARD.md
    """
    return call("card", model=model)
