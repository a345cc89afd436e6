"""The command line: what holds for all verbs, and the verbs in order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from mlspec import __version__
from mlspec.cli.commands import change, look, project, proof

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Declarative, git-native operation of machine-learning models.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"mlspec {__version__}")
        raise typer.Exit


@app.callback()
def common(
    directory: Annotated[Path, typer.Option("-C", help="Work as if started in DIR.", metavar="DIR")] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR=1).")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    """Declarative, git-native operation of machine-learning models."""
    del version
    if not directory.is_dir():
        raise typer.BadParameter(f"there is no folder {directory}", param_hint="-C")
    os.chdir(directory)
    if debug:
        os.environ["MLSPEC_DEBUG"] = "1"
    if no_color:
        os.environ["NO_COLOR"] = "1"


VERBS: Final = (
    project.init,
    project.validate,
    project.schema,
    project.compile,
    change.plan,
    change.apply,
    change.reconcile,
    change.refresh,
    look.status,
    look.drift,
    look.history,
    change.promote,
    change.rollback,
    change.suspend,
    change.resume,
    look.predict,
    look.bom,
    proof.lock,
    proof.verify,
    proof.card,
    look.score,
    project.graph,
    project.doctor,
    change.retire,
)
"""in the order of the help"""

for verb in VERBS:
    app.command()(verb)
