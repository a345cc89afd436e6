"""Arguments that several verbs take, and the way from a verb's declaration to its code."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Literal

import typer

Models = Annotated[list[str] | None, typer.Argument(help="Only these models.", metavar="MODEL")]
Model = Annotated[str, typer.Argument(help="The model.", metavar="MODEL")]
Env = Annotated[str, typer.Option("--env", help="Only this environment.", metavar="ENV")]
JsonFile = Annotated[
    str, typer.Option("--json", help="Write one JSON document (- or no FILE: stdout).", metavar="FILE")
]
Report = Annotated[str, typer.Option("--markdown", help="Write what came of it, for a pull request.", metavar="FILE")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Push = Annotated[bool, typer.Option("--push", help="Publish commits and tags to origin.")]
Why = Annotated[str, typer.Option("--message", "-m", help="Why, for the log.", metavar="TEXT")]
Prune = Annotated[
    int, typer.Option("--prune", min=0, help="Retire what no spec asks for any more, at N places at most.", metavar="N")
]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until what is new has baked, and go back where it is bad.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="How many models train at a time.")]
Offline = Annotated[bool, typer.Option("--offline", help="Don't ask sources whether they changed.")]
Only = Annotated[Literal["train", "publish", "deploy"] | None, typer.Option("--only", help="Only this part.")]


def call(name: str, **arguments: Any) -> int:
    """Import a verb and call it; its result is the exit code."""
    result: int = import_module(f"mlspec.cli.verbs.{name}").run(**arguments)
    return result
