"""A request that works as it is printed: the first test row, sent to what was deployed."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import Any, Final

from mlspec.domain.desired import Blueprint
from mlspec.ports.files import Files

_LONG: Final = 600
"""Characters of a body that nobody would read any more."""
_OWN: Final = frozenset({"entrypoint", "image.dockerfile"})
"""Settings of servers of people's own"""


def curl_line(files: Files, blueprint: Blueprint, environment: str, endpoint: str) -> str:
    """A curl command for /predict; for many columns, or without the data at hand, one that asks what it takes.

    Of a server of one's own only its health is known.
    """
    serve = next((each.serve for each in blueprint.deployments if each.environment == environment), {})
    if not _OWN.isdisjoint(serve):
        return f"curl -s {endpoint}{serve.get('health', '')}"
    row = example_row(files, blueprint.folder)
    body = shlex.quote(json.dumps({"rows": [row]}, ensure_ascii=False))
    if not row or len(body) > _LONG:
        return f"curl -s {endpoint}/v2/models/{blueprint.name}"
    return f"curl -s {endpoint}/predict -H 'content-type: application/json' -d {body}"


def example_row(files: Files, folder: str) -> dict[str, Any]:
    """The first test row as the server takes it; empty where this clone has no data or model."""
    signature = files.read(f"{folder}/model/signature.json")
    # with a features function, requests have the raw columns
    table = files.read(f"{folder}/prepared/raw_test.csv") or files.read(f"{folder}/prepared/test.csv")
    if table is None or signature is None:
        return {}
    first = next(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))), {})
    columns = {column["name"]: column["type"] for column in json.loads(signature)["inputs"]}
    return {name: _typed(first[name], kind) for name, kind in columns.items() if first.get(name, "") != ""}


def _typed(text: str, kind: str) -> Any:
    match kind:
        case "integer":
            return int(float(text))
        case "number":
            return float(text)
        case "boolean":
            return text.strip().lower() in {"true", "1"}
        case _:
            return text
