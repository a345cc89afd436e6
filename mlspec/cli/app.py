"""The verbs: their arguments and help; what they do is imported when one of them is called."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mlspec import __version__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Declarative, git-native operation of machine-learning models.",
)

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
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="How many models train at a time.")]
Only = Annotated[Literal["train", "publish", "deploy"] | None, typer.Option("--only", help="Only this part.")]


def _verb(name: str, **arguments: Any) -> int:
    """Import a verb and call it; its result is the exit code."""
    result: int = import_module(f"mlspec.cli.verbs.{name}").run(**arguments)
    return result


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


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="The project's folder.", metavar="DIR")] = Path(),
    example: Annotated[str, typer.Option("--example", help="wine, diabetes or digits.", metavar="NAME")] = "",
) -> int:
    """Start a project that works, in one commit.

    Git, DVC, specs and their compiled files. In a repository that exists already it adds what is missing.

    Example: mlspec init --example wine shop
    """
    return _verb("init", directory=directory, example=example)


@app.command()
def validate(json: Json = False) -> int:
    """Show all problems of all specs, with their places.

    Each is a line: file:line:col: message (hint).

    Example: mlspec validate
    """
    return _verb("validate", as_json=json)


@app.command()
def schema(kind: Annotated[str, typer.Argument(help="Model or Project.", metavar="KIND")] = "Model") -> int:
    """Print a kind's JSON Schema, for editors.

    Example: mlspec schema Model > model.schema.json
    """
    return _verb("schema", kind=kind)


@app.command()
def compile(  # noqa: A001 - the verb's name
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 where a file is not current.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
) -> int:
    """Write the generated files: stages, Dockerfiles, workflows.

    Example: mlspec compile --check
    """
    return _verb("compile", check=check, force=force)


@app.command()
def plan(
    models: Models = None,
    env: Env = "",
    out: Annotated[str, typer.Option("--out", help="Save the plan for `apply`.", metavar="FILE")] = "",
    json: JsonFile = "",
    markdown: Annotated[str, typer.Option("--markdown", help="Write the plan as Markdown.", metavar="FILE")] = "",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 where there are changes.")
    ] = False,
) -> int:
    """Show what apply would do, and because of which line.

    Example: mlspec plan wine --out wine.plan
    """
    files = {"out": out, "json": json, "markdown": markdown}
    return _verb("plan", models=models or [], env=env, files=files, detailed=detailed_exitcode)


@app.command()
def apply(
    models: Annotated[
        list[str] | None, typer.Argument(help="A saved plan, or only these models.", metavar="PLANFILE|MODEL")
    ] = None,
    env: Env = "",
    yes: Yes = False,
    push: Push = False,
    only: Only = None,
    jobs: Jobs = 1,
    json: JsonFile = "",
    markdown: Report = "",
) -> int:
    """Do what plan shows: train, check, register, build, deploy.

    Example: mlspec apply --yes
    """
    options = {"environment": env, "push": push, "only": only or "", "jobs": jobs, "json": json, "markdown": markdown}
    return _verb("apply", models=models or [], yes=yes, options=options)


@app.command()
def reconcile(
    models: Models = None,
    env: Env = "",
    watch: Annotated[float, typer.Option("--watch", min=0, help="Do it again every so often.", metavar="SECONDS")] = 0,
    push: Push = False,
    only: Only = None,
    jobs: Jobs = 1,
    json: JsonFile = "",
    markdown: Report = "",
) -> int:
    """Plan and apply without questions, once or as a loop.

    Example: mlspec reconcile --watch 60
    """
    options = {"environment": env, "push": push, "only": only or "", "jobs": jobs, "json": json, "markdown": markdown}
    return _verb("reconcile", models=models or [], watch=watch, options=options)


@app.command()
def status(
    models: Models = None,
    json: Json = False,
    at: Annotated[str, typer.Option("--at", help="As recorded at this revision.", metavar="REV")] = "",
) -> int:
    """Show desired against actual: sync and health.

    Example: mlspec status
    """
    return _verb("status", models=models or [], as_json=json, at=at)


@app.command()
def history(
    model: Annotated[str, typer.Argument(help="Only this model.", metavar="MODEL")] = "", json: Json = False
) -> int:
    """Show who did what when.

    Example: mlspec history wine
    """
    return _verb("history", model=model, as_json=json)


@app.command()
def promote(
    model: Model,
    version: Annotated[str, typer.Argument(help="Such as v1.2.3.", metavar="VERSION")],
    to: Annotated[str, typer.Option("--to", help="The environment.", metavar="ENV")],
) -> int:
    """Let an environment run a version; apply deploys it.

    Writes a stage tag in GTO's format. For environments with `promote: manual`.

    Example: mlspec promote wine v0.2.0 --to production
    """
    return _verb("promote", model=model, version=version, to=to)


@app.command()
def rollback(
    model: Model,
    env: Annotated[str, typer.Option("--env", help="The environment.", metavar="ENV")],
    to: Annotated[str, typer.Option("--to", help="The version; the last good one by default.", metavar="VERSION")] = "",
    message: Why = "",
    yes: Yes = False,
    push: Push = False,
    json: JsonFile = "",
) -> int:
    """Take an environment back to an earlier version, and keep it there.

    The version that it leaves stays out until somebody promotes it, or the spec changes so that another is wanted.

    Example: mlspec rollback wine --env production -m "latency doubled"
    """
    options = {"environment": env, "push": push, "only": "deploy", "jobs": 1, "json": json}
    return _verb("rollback", model=model, to=to, why=message, yes=yes, options=options)


@app.command()
def suspend(model: Model, message: Why = "", push: Push = False) -> int:
    """Leave a model alone: nothing is trained, promoted, deployed or put right until it resumes.

    Example: mlspec suspend wine -m "audit until Friday"
    """
    return _verb("suspend", model=model, why=message, push=push, resume=False)


@app.command()
def resume(model: Model, push: Push = False) -> int:
    """Let a suspended model go on.

    Example: mlspec resume wine
    """
    return _verb("suspend", model=model, why="", push=push, resume=True)


@app.command()
def predict(
    model: Model,
    env: Annotated[str, typer.Option("--env", help="The environment.", metavar="ENV")] = "",
    file: Annotated[str, typer.Argument(help="JSON or CSV rows (- or none: standard input).", metavar="FILE")] = "-",
) -> int:
    """Send rows to what is deployed.

    Example: mlspec predict wine --env production rows.json
    """
    return _verb("predict", model=model, env=env, file=file)


@app.command()
def bom(
    model: Annotated[
        str, typer.Argument(help="The model; its newest image where no version is named.", metavar="MODEL[@VERSION]")
    ],
) -> int:
    """Print what is installed in a version's image.

    A bill of materials, one CycloneDX JSON document, as it was read from the image when it was built.

    Example: mlspec bom wine@v0.2.0 > wine.cdx.json
    """
    return _verb("bom", model=model)


@app.command()
def graph(
    form: Annotated[Literal["mermaid", "dot", "json"], typer.Option("--format", help="The output's form.")] = "mermaid",
) -> int:
    """Draw what depends on what, from sources to environments.

    Example: mlspec graph --format mermaid
    """
    return _verb("graph", form=form)


@app.command()
def doctor(json: Json = False) -> int:
    """Look for what would get in the way here.

    Tools, repository, data, servers, and the engines that environments of containers run on.

    Example: mlspec doctor
    """
    return _verb("doctor", as_json=json)


@app.command()
def retire(
    env: Annotated[str, typer.Option("--env", help="The environment.", metavar="ENV")],
    model: Annotated[str, typer.Argument(help="Only this model.", metavar="MODEL")] = "",
    yes: Yes = False,
) -> int:
    """Stop what runs in an environment; registered versions stay.

    Example: mlspec retire --env production wine
    """
    return _verb("retire", env=env, model=model, yes=yes)
