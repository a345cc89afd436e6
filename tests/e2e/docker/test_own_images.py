"""Images that people shape: their own server, their own Dockerfile, variables that no spec holds."""

from __future__ import annotations

import json
import os
import urllib.request

import pytest
from e2e.docker.shop import OWN_SERVER, SERVER, Shop

pytestmark = pytest.mark.slow

DOCKERFILE = """\
FROM python:3.11-slim
COPY own.py /srv/own.py
COPY model /model
ENV MODEL_DIR=/model
USER 10001:10001
HEALTHCHECK --interval=2s --timeout=5s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080')"]
ENTRYPOINT ["python", "/srv/own.py"]
"""
OWN_DOCKERFILE = "image: {dockerfile: images/toy/Dockerfile}, env: [GREETING]"


def told(shop: Shop) -> dict[str, object]:
    with urllib.request.urlopen(shop.place()["endpoint"], timeout=10) as answer:
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
def test_a_server_of_ones_own(shop: Shop, fields: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "hello")
    monkeypatch.setenv("SECRET", "not asked for")
    shop.write(f"{folder}/own.py", SERVER)
    if folder.startswith("images"):
        shop.write(f"{folder}/Dockerfile", DOCKERFILE)
    shop.serving(fields)
    shop.mlspec("apply", "--yes")
    is_own_server(shop)
    [image] = shop.images()
    inside = json.dumps([image.attrs, image.history()])
    assert "hello" not in inside, "a value got into the image"
    before, built = shop.ids("server"), shop.serves()

    shop.write(f"{folder}/own.py", SERVER.replace("counts", "tells"))
    shop.commit("another server")
    because = shop.because()
    assert list(because) == ["build:toy:production", "deploy:toy:production"]
    assert because["deploy:toy:production"][0]["subject"] == f"{folder}/own.py"
    shop.mlspec("reconcile")
    assert len(shop.serves()) == len(built) + 1
    assert shop.ids("server").isdisjoint(before)
    is_own_server(shop)


def test_variables_come_from_the_environments_file(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a value is a refusal before anything is touched."""
    monkeypatch.delenv("GREETING", raising=False)
    shop.write("servers/own.py", SERVER)
    shop.serving(OWN_SERVER)
    refused = shop.mlspec("apply", "--yes", code=1)
    assert "GREETING" in refused.err + refused.out
    assert shop.containers("server") == []
    project = shop.read("specs/project.yaml").replace("{target: docker}", "{target: docker, env_file: production.env}")
    shop.write("specs/project.yaml", project)
    shop.write(".gitignore", f"{shop.read('.gitignore')}production.env\n")
    shop.write("production.env", "# not in git\nGREETING=hello\nSECRET=not asked for\n")
    shop.commit("an env file")
    shop.mlspec("apply", "--yes")
    is_own_server(shop)
    assert os.environ.get("GREETING") is None
