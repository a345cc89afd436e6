"""`mlspec predict`: rows sent to what is deployed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from mlspec.cli.call import call
from mlspec.cli.console import console
from mlspec.cli.rows import csv_rows, is_json, json_body
from mlspec.cli.wiring import RealPorts
from mlspec.domain.actual import Running, Unseen
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.reconciler.sites import look_around, spec_places
from mlspec.spec.problem import suggest


def run(*, model: str, env: str, file: str) -> int:
    """Print the server's answer, one JSON document."""
    running = _deployed(RealPorts(Path.cwd()), model, env)
    data, where = _read(file)
    if not data.strip():
        raise MlspecError("there is nothing to predict", hint="rows as JSON, or as CSV with a header", where=where)
    body = json_body(data, where) if is_json(data) else _from_csv(data, where, model, running.endpoint)
    console.out(call(f"{running.endpoint}/predict", body).decode())
    return EXIT_DONE


def _deployed(ports: RealPorts, model: str, environment: str) -> Running:
    """What runs the model, as the targets say now; without an environment, the only one that does."""
    bundle = ports.specs.bundle(ports.git.snapshot().blobs)
    sites = bundle.project.sites
    if environment and environment not in sites:
        hint = suggest(environment, sites) or f"there are: {', '.join(sites)}"
        raise MlspecError(f"there is no environment {environment}", hint=hint)
    seen = look_around(ports, bundle.project, spec_places(bundle.blueprints)).seen
    places = {place.environment: found for place, found in seen.items() if place.model == model}
    if not places and model not in (names := [item.name for item in bundle.blueprints]):
        raise MlspecError(f"there is no model {model}", hint=suggest(model, names) or f"there are: {', '.join(names)}")
    return _chosen(places, model, environment)


def _chosen(places: Mapping[str, Running | Unseen], model: str, environment: str) -> Running:
    wanted = {name: seen for name, seen in places.items() if environment in {"", name}}
    if not wanted:
        where = f" in {environment}" if environment else ""
        others = f"it runs in {', '.join(sorted(places))}; " if places else ""
        raise MlspecError(f"{model} does not run{where}", hint=f"{others}mlspec apply deploys it")
    if len(wanted) > 1:
        names = sorted(wanted)
        raise MlspecError(f"{model} runs in {' and '.join(names)}", hint=f"say which one: --env {names[0]}")
    [(name, seen)] = wanted.items()
    if isinstance(seen, Unseen):
        hint = "" if seen.detail else "mlspec status says more"
        message = f"what runs {model} in {name} does not answer"
        raise MlspecError(f"{message}: {seen.detail}" if seen.detail else message, hint=hint)
    return seen


def _read(file: str) -> tuple[bytes, str]:
    """The input without a byte order mark, and its name for messages."""
    if file == "-":
        if sys.stdin.isatty():
            console.say("reading rows (JSON or CSV) from the terminal; end with Ctrl-D")
        return sys.stdin.buffer.read().removeprefix(b"\xef\xbb\xbf"), "standard input"
    try:
        return Path(file).read_bytes().removeprefix(b"\xef\xbb\xbf"), file
    except OSError as error:
        raise MlspecError(f"can't read {file}: {error.strerror}") from error


def _from_csv(data: bytes, where: str, model: str, endpoint: str) -> bytes:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MlspecError("this is neither JSON nor CSV in UTF-8", where=where) from error
    described = json.loads(call(f"{endpoint}/v2/models/{quote(model)}"))
    datatypes = {column["name"]: column["datatype"] for column in described["inputs"]}
    rows, others = csv_rows(text, datatypes, where)
    if others:
        console.say(f"left out, as the model does not take them: {', '.join(others)}")
    return json.dumps({"rows": rows}, ensure_ascii=False).encode()
