"""What every builder of images does: one suite for the fake and for a real Docker Engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.images import FakeImages

from mlspec.adapters.images.store import open_images
from mlspec.domain.image import Image
from mlspec.errors import MlspecError
from mlspec.ports.images import ImageOrder, Images

BOTH = ["fake", pytest.param("real", marks=pytest.mark.engine)]
DOCKERFILE = b"FROM python:3.11-slim\nHEALTHCHECK CMD true\nCOPY model /model\n"


class Bench:
    """A builder, and what a test does to its engine from outside."""

    def __init__(self, project: str, images: Images, forget: Callable[[], object], registry: str) -> None:
        self.project = project
        self.images = images
        self.forget = forget
        self.registry = registry


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "fake":
        fake = FakeImages()
        return Bench("shop", fake, fake.forget, "registry.example:5000")
    project, engine = request.getfixturevalue("engine_project"), request.getfixturevalue("engine")
    request.getfixturevalue("base_image")

    def forget() -> None:
        for image in engine.images.list(filters={"label": f"io.mlspec.project={project}"}):
            engine.api.remove_image(image.id, force=True, noprune=True)

    return Bench(project, open_images(project, ""), forget, request.getfixturevalue("registry"))


@pytest.fixture
def order(bench: Bench, tmp_path: Path) -> ImageOrder:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.skops").write_text(bench.project)
    serve = "sha256:" + "a" * 64
    return ImageOrder(
        serve=serve,
        tag=f"{bench.project}/wine:v0.1.0-aaaaaaaaaaaa",
        files={"Dockerfile": DOCKERFILE, ".dockerignore": b"*\n"},
        bundle=str(tmp_path / "model"),
        labels={"io.mlspec.project": bench.project, "io.mlspec.serve": serve},
    )


def pushed(order: ImageOrder, bench: Bench) -> ImageOrder:
    """The same for a registry."""
    registry = f"{bench.registry}/{bench.project}"
    return replace(order, registry=registry, tag=f"{registry}/wine:v0.1.0-aaaaaaaaaaaa")


def said() -> tuple[list[str], Callable[[str], None]]:
    """Lines of progress, and what takes them."""
    lines: list[str] = []
    return lines, lines.append


def test_what_was_built_is_known_and_runs_by_its_id(bench: Bench, order: ImageOrder) -> None:
    assert bench.images.known() == {}
    lines, say = said()
    image = bench.images.build(order, say)
    assert lines
    assert (image.serve, image.tag, image.size > 0) == (order.serve, order.tag, True)
    assert image.reference.startswith("sha256:")
    assert bench.images.known() == {order.serve: image}
    assert bench.images.bring(image, say)


def test_the_same_again_is_the_same_image(bench: Bench, order: ImageOrder) -> None:
    _, say = said()
    assert bench.images.build(order, say) == bench.images.build(order, say)


def test_what_is_gone_without_a_registry_nobody_can_bring(bench: Bench, order: ImageOrder) -> None:
    _, say = said()
    image = bench.images.build(order, say)
    bench.forget()
    assert bench.images.known() == {}
    assert not bench.images.bring(image, say)


def test_a_registry_has_it_by_digest(bench: Bench, order: ImageOrder) -> None:
    _, say = said()
    wanted = pushed(order, bench)
    image = bench.images.build(wanted, say)
    assert image.reference.startswith(f"{wanted.registry}/wine@sha256:")
    bench.forget()
    assert bench.images.known() == {}
    assert bench.images.bring(image, say)
    assert set(bench.images.known()) == {order.serve}


def test_what_was_built_before_is_only_pushed(bench: Bench, order: ImageOrder) -> None:
    _, say = said()
    built = bench.images.build(order, say)
    image = bench.images.build(pushed(order, bench), say)
    assert (image.serve, image.size) == (built.serve, built.size)
    assert "@sha256:" in image.reference


def test_a_registry_that_has_it_no_more(bench: Bench, order: ImageOrder) -> None:
    reference = f"{bench.registry}/{bench.project}/wine@sha256:{'0' * 64}"
    assert not bench.images.bring(Image(order.serve, reference, order.tag, 1), said()[1])


@pytest.mark.parametrize("line", [b"RUN false\n", b"HEALTHCHECK NONE\n"])
def test_a_build_that_fails_leaves_nothing(bench: Bench, order: ImageOrder, line: bytes) -> None:
    """Nor does one of an image of which nobody could tell when it may take requests."""
    if isinstance(bench.images, FakeImages) and b"RUN" in line:
        bench.images.fail_next()
    with pytest.raises(MlspecError):
        bench.images.build(replace(order, files={"Dockerfile": DOCKERFILE + line}), said()[1])
    assert bench.images.known() == {}


def test_the_bill_is_the_same_each_time(bench: Bench, order: ImageOrder) -> None:
    image = bench.images.build(order, said()[1])
    bill = bench.images.bom(image)
    assert json.loads(bill)["bomFormat"] == "CycloneDX"
    assert bench.images.bom(image) == bill
