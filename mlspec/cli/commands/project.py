"""Verbs about the project itself: its specs, its generated files, what would get in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mlspec.cli.arguments import Json, call


def init(
    directory: Annotated[Path, typer.Argument(help="The project's folder.", metavar="DIR")] = Path(),
    example: Annotated[str, typer.Option("--example", help="wine, diabetes, digits or text.", metavar="NAME")] = "",
) -> int:
    """Start a project that works, in one commit.

    Git, DVC, specs and their compiled files. In a repository that exists already it adds what is missing.

    Example: mlspec init --example wine shop
    """
    return call("init", directory=directory, example=example)


def validate(json: Json = False) -> int:
    """Show all problems of all specs, with their places.

    Each is a line: file:line:col: message (hint).

    Example: mlspec validate
    """
    return call("validate", as_json=json)


def schema(kind: Annotated[str, typer.Argument(help="Model or Project.", metavar="KIND")] = "Model") -> int:
    """Print a kind's JSON Schema, for editors.

    Example: mlspec schema Model > model.schema.json
    """
    return call("schema", kind=kind)


def compile(  # noqa: A001 - the verb's name
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 where a file is not current.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
) -> int:
    """Write the generated files: stages, Dockerfiles, workflows.

    Example: mlspec compile --check
    """
    return call("compile", check=check, force=force)


def doctor(json: Json = False) -> int:
    """Look for what would get in the way here.

    Tools, repository, data, servers, and the engines that environments of containers run on.

    Example: mlspec doctor
    """
    return call("doctor", as_json=json)


def graph(
    form: Annotated[Literal["mermaid", "dot", "json"], typer.Option("--format", help="The output's form.")] = "mermaid",
) -> int:
    """Draw what depends on what, from sources to environments.

    Example: mlspec graph --format mermaid
    """
    return call("graph", form=form)
