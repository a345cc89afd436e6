"""The curl line that is printed after a deployment: one that works."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from mlspec.cli.endpoint import curl_line

SIGNATURE = b'{"inputs": [{"name": "a", "type": "integer"}, {"name": "b", "type": "boolean"}]}'
FILES = {"models/toy/model/signature.json": SIGNATURE, "models/toy/prepared/test.csv": b"a,b,y\n3,true,1\n"}


def printed(serve: Mapping[str, Any], files: Mapping[str, bytes] = FILES) -> str:
    """The line for a server at port 1."""
    deployment = SimpleNamespace(environment="production", serve=serve)
    blueprint: Any = SimpleNamespace(name="toy", folder="models/toy", deployments=(deployment,))
    tree: Any = SimpleNamespace(read=files.get)
    return curl_line(tree, blueprint, "production", "http://127.0.0.1:1")


def test_a_test_row_is_sent() -> None:
    assert printed({}).endswith("""-d '{"rows": [{"a": 3, "b": true}]}'""")


def test_without_data_the_server_is_asked_what_it_takes() -> None:
    assert printed({}, {}) == "curl -s http://127.0.0.1:1/v2/models/toy"


@pytest.mark.parametrize(
    ("serve", "path"),
    [({"entrypoint": ["./serve"], "health": "/healthz"}, "/healthz"), ({"image.dockerfile": "x"}, "")],
)
def test_of_a_server_of_ones_own_only_its_health_is_known(serve: Mapping[str, Any], path: str) -> None:
    assert printed(serve) == f"curl -s http://127.0.0.1:1{path}"
