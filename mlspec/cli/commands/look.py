"""Verbs that look at what exists, and at what was."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mlspec.cli.arguments import Env, Json, Model, Models, Offline, call


def status(
    models: Models = None,
    json: Json = False,
    at: Annotated[str, typer.Option("--at", help="As recorded at this revision.", metavar="REV")] = "",
    offline: Offline = False,
) -> int:
    """Show desired against actual: sync and health.

    Example: mlspec status
    """
    return call("status", models=models or [], as_json=json, at=at, offline=offline)


def drift(
    models: Models = None,
    env: Env = "",
    json: Json = False,
    notify: Annotated[bool, typer.Option("--notify", help="Tell people, as `notify` of the project says.")] = False,
) -> int:
    """Compare live traffic with the training data.

    Servers are asked for their counts. Exit code 3 where something drifted, 1 where a server could not be asked.

    Example: mlspec drift wine --env production
    """
    return call("drift", models=models or [], env=env, as_json=json, notify=notify)


def history(
    model: Annotated[str, typer.Argument(help="Only this model.", metavar="MODEL")] = "",
    on: Annotated[str, typer.Option("--on", help="What ran on this day, why, and who let it.", metavar="DATE")] = "",
    json: Json = False,
) -> int:
    """Show who did what when.

    Example: mlspec history wine --on 2026-11-22
    """
    return call("history", model=model, as_json=json, on=on)


def predict(
    model: Model,
    env: Annotated[str, typer.Option("--env", help="The environment.", metavar="ENV")] = "",
    file: Annotated[str, typer.Argument(help="JSON or CSV rows (- or none: standard input).", metavar="FILE")] = "-",
) -> int:
    """Send rows to what is deployed.

    Example: mlspec predict wine --env production rows.json
    """
    return call("predict", model=model, env=env, file=file)


def bom(
    model: Annotated[
        str, typer.Argument(help="The model; its newest image where no version is named.", metavar="MODEL[@VERSION]")
    ],
    of: Annotated[
        Literal["image", "version"], typer.Option("--of", help="What is in its image, or what it was made of.")
    ] = "image",
) -> int:
    """Print a bill of materials of a version, one CycloneDX JSON document.

    Of its image: what is installed, as it was read when the image was built. Of the version itself: the model's
    files, its data, and the packages that it was trained with.

    Example: mlspec bom wine@v0.2.0 > wine.cdx.json
    """
    return call("bom", model=model, of=of)


def score(models: Models = None, json: Json = False) -> int:
    """Show which tests of the ML Test Score the specs cover, and where.

    28 tests in four sections. A test that runs by itself gives a point, one that is done by hand half of one.

    Example: mlspec score wine
    """
    return call("score", models=models or [], as_json=json)
