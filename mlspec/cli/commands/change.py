"""Verbs that show or make changes to what exists."""

from __future__ import annotations

from typing import Annotated

import typer

from mlspec.cli.arguments import (
    Env,
    Jobs,
    JsonFile,
    Model,
    Models,
    Offline,
    Only,
    Prune,
    Push,
    Report,
    Wait,
    Why,
    Yes,
    call,
)


def plan(
    models: Models = None,
    env: Env = "",
    out: Annotated[str, typer.Option("--out", help="Save the plan for `apply`.", metavar="FILE")] = "",
    json: JsonFile = "",
    markdown: Annotated[str, typer.Option("--markdown", help="Write the plan as Markdown.", metavar="FILE")] = "",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 where there are changes.")
    ] = False,
    offline: Offline = False,
    jobs: Jobs = 1,
) -> int:
    """Show what apply would do, and because of which line.

    Example: mlspec plan wine --out wine.plan
    """
    files = {"out": out, "json": json, "markdown": markdown}
    options = {"detailed": detailed_exitcode, "offline": offline, "jobs": jobs}
    return call("plan", models=models or [], env=env, files=files, options=options)


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
    offline: Offline = False,
    prune: Prune = 0,
    wait: Wait = False,
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Train the named models now, changed or not, whatever holds them back.")
    ] = False,
) -> int:
    """Do what plan shows: train, check, register, build, deploy.

    Example: mlspec apply --yes
    """
    options = {"environment": env, "push": push, "only": only or "", "jobs": jobs, "json": json, "markdown": markdown}
    options |= {"offline": offline, "prune": prune}
    return call("apply", models=models or [], yes=yes, retrain=retrain, wait=wait, options=options)


def reconcile(
    models: Models = None,
    env: Env = "",
    watch: Annotated[float, typer.Option("--watch", min=0, help="Do it again every so often.", metavar="SECONDS")] = 0,
    events: Annotated[
        str, typer.Option("--events", help="With --watch: append events as JSON lines (-: stdout).", metavar="FILE")
    ] = "",
    push: Push = False,
    only: Only = None,
    jobs: Jobs = 1,
    json: JsonFile = "",
    markdown: Report = "",
    offline: Offline = False,
    prune: Prune = 0,
    wait: Wait = False,
) -> int:
    """Plan and apply without questions, once or as a loop.

    As a loop it follows origin's branch, waits longer after errors, and ends cleanly on SIGTERM.

    Example: mlspec reconcile --watch 60 --events events.jsonl
    """
    options = {"environment": env, "push": push, "only": only or "", "jobs": jobs, "json": json, "markdown": markdown}
    options |= {"offline": offline, "prune": prune}
    return call("reconcile", models=models or [], watch=watch, events=events, wait=wait, options=options)


def refresh(
    sources: Annotated[list[str] | None, typer.Argument(help="Only these sources.", metavar="SOURCE")] = None,
) -> int:
    """Fetch sources now, however fresh they are.

    Compares them with what is here, and commits the pointers of those that changed. plan shows what follows.

    Example: mlspec refresh customers
    """
    return call("refresh", sources=sources or [])


def promote(
    model: Model,
    version: Annotated[str, typer.Argument(help="Such as v1.2.3.", metavar="VERSION")],
    to: Annotated[str, typer.Option("--to", help="The environment.", metavar="ENV")],
) -> int:
    """Let an environment run a version; apply deploys it.

    Writes a stage tag in GTO's format. For environments with `promote: manual`.

    Example: mlspec promote wine v0.2.0 --to production
    """
    return call("promote", model=model, version=version, to=to)


def retire(
    env: Annotated[str, typer.Option("--env", help="The environment.", metavar="ENV")],
    model: Annotated[str, typer.Argument(help="Only this model.", metavar="MODEL")] = "",
    yes: Yes = False,
) -> int:
    """Stop what runs in an environment; registered versions stay.

    Example: mlspec retire --env production wine
    """
    return call("retire", env=env, model=model, yes=yes)


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
    return call("rollback", model=model, to=to, why=message, yes=yes, options=options)


def suspend(model: Model, message: Why = "", push: Push = False) -> int:
    """Leave a model alone: nothing is trained, promoted, deployed or put right until it resumes.

    Example: mlspec suspend wine -m "audit until Friday"
    """
    return call("suspend", model=model, why=message, push=push, resume=False)


def resume(model: Model, push: Push = False) -> int:
    """Let a suspended model go on.

    Example: mlspec resume wine
    """
    return call("suspend", model=model, why="", push=push, resume=True)
