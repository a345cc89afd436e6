"""With a registry: what was built is pushed, and an engine that lost it, or never had it, pulls it by its digest."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from e2e.docker.shop import Shop, answering
from fakes.engine import forget_images

pytestmark = pytest.mark.slow


def published(shop: Shop) -> Path:
    """A bare origin, and a store for data, both beside the project."""
    origin = shop.root.parent / "origin.git"
    shop.git("init", "--quiet", "--bare", "-b", "main", str(origin))
    shop.git("remote", "add", "origin", "../origin.git")
    shop.dvc("remote", "add", "--quiet", "--default", "store", "../store")
    shop.commit("a remote for data")
    shop.git("push", "--quiet", "--set-upstream", "origin", "main")
    shop.git("remote", "set-head", "origin", "main")
    return origin


def forget(shop: Shop) -> None:
    """The engine loses all that is this project's."""
    for container in shop.containers():
        container.remove(force=True)
    forget_images(shop.engine, shop.name)
    assert shop.images() == []


def test_an_engine_that_lost_the_image_pulls_it(shop: Shop, registry: str, tmp_path: Path) -> None:
    repository = f"{registry}/{shop.name}"
    shop.to_containers(f"registry: {{images: {repository}}}\n")
    origin = published(shop)
    shop.mlspec("apply", "--yes", "--push")
    built = shop.server().attrs["Config"]["Image"]
    assert built.startswith(f"{repository}/toy@sha256:"), "what runs is named by its digest"
    with urllib.request.urlopen(f"http://{registry}/v2/{shop.name}/toy/tags/list") as answer:
        [tag] = json.load(answer)["tags"]
    assert tag.startswith("v0.1.0-")
    with urllib.request.urlopen(f"http://{registry}/v2/{shop.name}/toy/manifests/{built.partition('@')[2]}") as answer:
        assert answer.status == 200

    forget(shop)
    shop.git("clone", "--quiet", str(origin), str(tmp_path / "copy"))
    copy = Shop(tmp_path / "copy", shop.name, shop.engine)
    assert list(copy.because()) == ["restart:toy:production"]
    copy.mlspec("reconcile")
    assert copy.server().attrs["Config"]["Image"] == built
    answering(copy.place()["endpoint"])
    copy.is_settled()
    assert not (copy.root / "models/toy/model").exists(), "no data is needed to deploy an image"


def test_an_image_that_nobody_has_any_more_is_built_again(shop: Shop) -> None:
    """Without a registry, or where it lost the image too."""
    shop.mlspec("apply", "--yes")
    serves = shop.serves()
    forget(shop)
    assert list(shop.because()) == ["build:toy:production", "restart:toy:production"]
    shop.mlspec("reconcile")
    assert shop.serves() == serves
    shop.is_settled()
