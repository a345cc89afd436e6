"""Images that people shape: their own server, their own Dockerfile, variables that no spec holds."""

from __future__ import annotations

import json
import os
import urllib.request

import pytest
from e2e.docker.shop import DOCKERFILE, OWN_DOCKERFILE, OWN_SERVER, SERVER, Shop

pytestmark = pytest.mark.slow


def told(shop: Shop) -> dict[str, object]:
    with urllib.request.urlopen(shop.place()["endpoint"], timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def is_own_server(shop: Shop) -> None:
    answer = told(shop)
    assert answer["files"] == ["model.skops", "signature.json"]
    assert (answer["MLSPEC_MODEL"], answer["MLSPEC_VERSION"]) == ("toy", "v0.1.0")
    assert (answer["GREETING"], answer["SECRET"], answer["user"]) == ("hello", None, 10001)
    shop.is_settled()


@pytest.mark.parametrize(
    ("fields", "folder"), [(OWN_SERVER, "servers"), (OWN_DOCKERFILE, "images/toy")], ids=["entrypoint", "dockerfile"]
)
def test_a_server_of_ones_own(toy_shop: Shop, fields: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "hello")
    monkeypatch.setenv("SECRET", "not asked for")
    toy_shop.write(f"{folder}/own.py", SERVER)
    if folder.startswith("images"):
        toy_shop.write(f"{folder}/Dockerfile", DOCKERFILE)
    toy_shop.serving(fields)
    toy_shop.mlspec("apply", "--yes")
    is_own_server(toy_shop)
    [image] = toy_shop.images()
    inside = json.dumps([image.attrs, image.history()])
    assert "hello" not in inside, "a value got into the image"
    before, built = toy_shop.ids("server"), toy_shop.serves()

    toy_shop.write(f"{folder}/own.py", SERVER.replace("counts", "tells"))
    toy_shop.commit("another server")
    because = toy_shop.because()
    assert list(because) == ["build:toy:production", "deploy:toy:production"]
    assert because["deploy:toy:production"][0]["subject"] == f"{folder}/own.py"
    toy_shop.mlspec("reconcile")
    assert len(toy_shop.serves()) == len(built) + 1
    assert toy_shop.ids("server").isdisjoint(before)
    is_own_server(toy_shop)


def test_variables_come_from_the_environments_file(toy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a value is a refusal before anything is touched."""
    monkeypatch.delenv("GREETING", raising=False)
    toy_shop.write("servers/own.py", SERVER)
    toy_shop.serving(OWN_SERVER)
    refused = toy_shop.mlspec("apply", "--yes", code=1)
    assert "GREETING" in refused.err + refused.out
    assert toy_shop.containers("server") == []
    project = toy_shop.read("specs/project.yaml").replace(
        "{target: docker}", "{target: docker, env_file: production.env}"
    )
    toy_shop.write("specs/project.yaml", project)
    toy_shop.write(".gitignore", f"{toy_shop.read('.gitignore')}production.env\n")
    toy_shop.write("production.env", "# not in git\nGREETING=hello\nSECRET=not asked for\n")
    toy_shop.commit("an env file")
    toy_shop.mlspec("apply", "--yes")
    is_own_server(toy_shop)
    assert os.environ.get("GREETING") is None
