"""Images: built once from the registered bytes, remembered, found again, and built anew where they are gone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.git import FakeOrigin
from fakes.shop import CONTAINERS, PLACE, REGISTRY, SCORE, Shop

from mlspec.domain.image import Image
from mlspec.errors import MlspecError
from mlspec.ports.images import ImageOrder
from mlspec.reconciler.bills import read_bill
from mlspec.reconciler.chains import BOMS, PROJECT, images, read_chain
from mlspec.reconciler.context import context_files

ONNX = {"model.skops": "model.onnx"}
ALL = ["compile", "compile", "train", "register", "promote", "build", "deploy"]


class Death(BaseException):
    """SIGKILL, as far as a test in one process can have it."""


def shop_at(root: Path, project: str = CONTAINERS, spec: str = SCORE, **options: Any) -> Shop:
    """A project whose production is containers."""
    return Shop(root, spec, project, **options)


@pytest.fixture
def docker(tmp_path: Path) -> Shop:
    """A project of containers in which nothing was done yet, without a registry."""
    return shop_at(tmp_path / "shop")


def recorded(shop: Shop) -> Mapping[str, Image]:
    """The images of wine in the project's chain."""
    return images(read_chain(shop.git, shop.ports.cache, PROJECT).get("wine", {}))


def order(shop: Shop) -> ImageOrder:
    """The last build."""
    return shop.images.orders[-1]


def steps(shop: Shop) -> list[str]:
    """The outcomes of a run that are no compilation."""
    return [line for line in shop.run() if "compile" not in line]


@pytest.mark.parametrize("project", [CONTAINERS, REGISTRY])
def test_the_first_run_builds_and_the_second_finds_nothing_to_do(tmp_path: Path, project: str) -> None:
    shop = shop_at(tmp_path / "shop", project)
    assert shop.run() == [f"done {kind}" for kind in ALL]
    assert (shop.serves(), shop.plan(), shop.run()) == ("v0.1.0", [], [])
    assert len(shop.images.built) == 1
    assert shop.runtime.deployments[PLACE].image == next(iter(recorded(shop).values()))


def test_the_context_is_what_was_compiled_the_lock_and_the_registered_bytes(tmp_path: Path) -> None:
    spec = SCORE.replace("  target: cultivar\n", "  target: cultivar\n  environment: {lock: requirements.lock}\n", 1)
    shop = shop_at(tmp_path / "shop", spec=spec)
    shop.commit({"requirements.lock": "numpy==2.1.0 ; python_version < '3.13' --hash=sha256:00\nSci.Kit==1\n./local\n"})
    shop.run()
    files = order(shop).files
    assert {*files} == {"Dockerfile", ".dockerignore", "requirements.txt", "constraints.txt"}
    assert files["Dockerfile"] == shop.git.files["models/wine/Dockerfile"]
    assert files["constraints.txt"] == b"numpy==2.1.0 ; python_version < '3.13'\nsci-kit==1\n"


def test_requirements_are_those_of_the_version_that_is_built(docker: Shop) -> None:
    """A rollback across a change of format has an image that can load the version."""
    docker.run()
    docker.edit("deploy:\n", "serving: {format: onnx}\ndeploy:\n")
    world = docker.look()[0]
    model, (wanted,) = world.model("wine"), world.blueprint("wine").deployments
    (old,) = world.actual.models["wine"].versions.values()
    new = replace(old, artefact=tuple(replace(file, path=ONNX.get(file.path, file.path)) for file in old.artefact))
    found = [
        context_files(docker.ports, world, model, wanted, record)["requirements.txt"].decode() for record in (old, new)
    ]
    assert ["onnxruntime" in text for text in found] == [False, True]
    assert ["skops" in text for text in found] == [True, False]


def test_without_a_lock_the_packages_are_those_that_trained(docker: Shop) -> None:
    docker.run()
    assert order(docker).files["constraints.txt"] == b"numpy==2.1.0\n"


def test_an_image_that_only_bears_the_labels_of_the_one_that_was_built_is_not_run(
    docker: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.run()
    [(serve, honest)] = recorded(docker).items()
    forged = Image(serve, "sha256:" + "f" * 64, honest.tag, honest.size)
    monkeypatch.setattr(docker.images, "known", lambda: {serve: forged})
    docker.runtime.kill(PLACE)
    docker.run()
    assert docker.runtime.deployments[PLACE].image == honest


def test_labels_say_what_it_is_and_where_it_comes_from(tmp_path: Path) -> None:
    shop = shop_at(tmp_path / "shop", origin=FakeOrigin())
    shop.run()
    labels = dict(order(shop).labels)
    (serve,) = recorded(shop)
    (version,) = shop.history.versions.values()
    (commit,) = shop.history.commits.values()
    assert labels == {
        "org.opencontainers.image.title": "wine",
        "org.opencontainers.image.description": "Cultivars",
        "org.opencontainers.image.authors": "cellar@example.com",
        "org.opencontainers.image.version": "v0.1.0",
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": labels["org.opencontainers.image.created"],
        "org.opencontainers.image.source": "https://git.example/shop.git",
        "io.mlspec.project": "shop",
        "io.mlspec.model": "wine",
        "io.mlspec.version": "v0.1.0",
        "io.mlspec.serve": serve,
        "io.mlspec.artefact": version.artefact_digest,
        "io.mlspec.spec": "specs/wine.yaml",
    }
    assert labels["org.opencontainers.image.created"].startswith("2023-11-14T22:13:")


def test_the_tag_names_the_registry_or_the_project(tmp_path: Path) -> None:
    local, pushed = shop_at(tmp_path / "a"), shop_at(tmp_path / "b", REGISTRY)
    local.run()
    pushed.run()
    assert order(local).tag.startswith("shop/wine:v0.1.0-")
    assert (order(local).registry, order(pushed).registry) == ("", "registry.example:5000/shop")
    assert order(pushed).tag.startswith("registry.example:5000/shop/wine:v0.1.0-")
    (image,) = recorded(pushed).values()
    assert image.reference.startswith("registry.example:5000/shop/wine@sha256:")


def test_the_log_has_the_build_and_what_is_in_it(docker: Shop) -> None:
    docker.run()
    events = [json.loads(message) for message in docker.git.chain_log(PROJECT)]
    assert [(event["outcome"], event["version"]) for event in events] == [("built", "v0.1.0"), ("trained", "v0.1.0")]
    assert events[0]["detail"] == f"{order(docker).tag}, 400 MB"
    bill = read_bill(docker.git, docker.ports.cache, "wine")
    assert json.loads(bill)["bomFormat"] == "CycloneDX"
    assert bill == read_bill(docker.git, docker.ports.cache, "wine", "v0.1.0")


def test_a_bill_is_of_the_newest_image_of_a_version(docker: Shop) -> None:
    docker.run()
    first = read_bill(docker.git, docker.ports.cache, "wine")
    docker.edit("deploy:", "serving: {limits: {batch: 7}}\ndeploy:")
    docker.run()
    second = read_bill(docker.git, docker.ports.cache, "wine", "v0.1.0")
    assert json.loads(second)["metadata"]["component"]["name"] == docker.images.built[-1]
    assert first != second


@pytest.mark.parametrize(("version", "says"), [("", "no image of wine was"), ("v0.1.0", "no image of wine v0.1.0 was")])
def test_without_an_image_there_is_no_bill(shop: Shop, version: str, says: str) -> None:
    shop.run()
    with pytest.raises(MlspecError, match=says):
        read_bill(shop.git, shop.ports.cache, "wine", version)


def test_what_people_read_builds_nothing_and_what_is_served_does(docker: Shop) -> None:
    docker.run()
    docker.edit("Cultivars", "Wines")
    assert steps(docker) == ["done register"]
    docker.edit("replicas: 1", "replicas: 2")
    assert steps(docker) == ["done scale"]
    docker.edit("deploy:", "serving: {limits: {batch: 7}}\ndeploy:")
    assert steps(docker) == ["done build", "done deploy"]
    docker.edit("serving: {limits: {batch: 7}}\n", "")
    assert steps(docker) == ["done deploy"], "the first image is still there"
    assert docker.plan() == []


def test_settings_of_the_place_build_nothing(docker: Shop) -> None:
    docker.run()
    docker.edit("deploy:", "serving: {env: [TOKEN], resources: {memory: 1Gi}}\ndeploy:")
    assert steps(docker) == ["done deploy"]


def test_files_of_the_repository_are_content(docker: Shop) -> None:
    docker.commit({"src/features.py": "x = 1\n", "src/deep/more.txt": "more\n", "extra.txt": "humanize\n"})
    docker.edit("deploy:", "serving: {deps: [src], image: {requirements: extra.txt}}\ndeploy:")
    docker.run()
    files = order(docker).files
    assert files["app/src/features.py"] == b"x = 1\n"
    assert files["extra-requirements.txt"] == b"humanize\n"
    assert {path for path in files if path.startswith("app/")} == {"app/src/features.py", "app/src/deep/more.txt"}
    docker.commit({"src/features.py": "x = 1  # a comment counts, for it is in the image\n"})
    assert steps(docker) == ["done build", "done deploy"]
    docker.commit({"src/features.py": "x = 1\n"})
    assert steps(docker) == ["done deploy"]


def test_requirements_below_a_dep_are_in_both_places(docker: Shop) -> None:
    docker.commit({"src/extra.txt": "humanize\n"})
    docker.edit("deploy:", "serving: {deps: [src], image: {requirements: src/extra.txt}}\ndeploy:")
    docker.run()
    assert order(docker).files["app/src/extra.txt"] == order(docker).files["extra-requirements.txt"] == b"humanize\n"


def test_a_dockerfile_of_ones_own_brings_its_folder(docker: Shop) -> None:
    docker.commit({"serve/Dockerfile.gpu": "FROM scratch\nHEALTHCHECK CMD true\n", "serve/bin/run": "#!/bin/sh\n"})
    docker.edit("deploy:", "serving: {image: {dockerfile: serve/Dockerfile.gpu}}\ndeploy:")
    docker.run()
    files = order(docker).files
    assert files["Dockerfile"] == files["Dockerfile.gpu"] == b"FROM scratch\nHEALTHCHECK CMD true\n"
    assert files["bin/run"] == b"#!/bin/sh\n"
    assert {"requirements.txt", "constraints.txt"} < {*files}
    assert "models/wine/Dockerfile" not in docker.git.files


@pytest.mark.parametrize("path", ["src/features.py", "src/new.py", "extra.txt"])
def test_content_that_is_not_committed_is_refused(docker: Shop, path: str) -> None:
    docker.commit({"src/features.py": "x = 1\n", "extra.txt": "humanize\n"})
    docker.edit("deploy:", "serving: {deps: [src], image: {requirements: extra.txt}}\ndeploy:")
    docker.git.files[path] = b"other\n"
    with pytest.raises(MlspecError, match="uncommitted") as raised:
        docker.apply()
    assert raised.value.details == (path,)


def test_a_file_that_changes_under_the_build_is_noticed(docker: Shop) -> None:
    docker.commit({"src/features.py": "x = 1\n"})
    docker.edit("deploy:", "serving: {deps: [src]}\ndeploy:")
    read = docker.ports.files.read
    docker.ports.files.read = lambda path: b"other" if path == "src/features.py" else read(path)  # type: ignore[method-assign]
    assert [line for line in docker.run() if not line.startswith("done")] == ["failed build", "skipped deploy"]


def test_a_word_asks_for_a_fresh_build_once(docker: Shop) -> None:
    docker.run()
    assert not order(docker).fresh
    docker.edit("deploy:", "serving: {image: {refresh: june}}\ndeploy:")
    assert steps(docker) == ["done build", "done deploy"]
    assert order(docker).fresh
    docker.edit("refresh: june", "refresh: june, system_packages: [libgomp1]")
    docker.run()
    assert not order(docker).fresh


def test_a_failed_build_keeps_back_the_deployment_and_is_tried_again(docker: Shop) -> None:
    docker.images.fail_next()
    outcomes = docker.run()
    assert outcomes[-2:] == ["failed build", "skipped deploy"]
    assert docker.serves() == ""
    assert steps(docker) == ["done build", "done deploy"]


@pytest.mark.parametrize("project", [CONTAINERS, REGISTRY])
def test_an_image_that_is_gone_from_the_engine(tmp_path: Path, project: str) -> None:
    """Without a registry it is built again; with one it is pulled."""
    shop = shop_at(tmp_path / "shop", project)
    shop.run()
    shop.images.forget()
    assert shop.plan() == [], "what runs goes on running"
    shop.runtime.kill(PLACE)
    assert steps(shop) == (["done restart"] if project == REGISTRY else ["done build", "done restart"])
    assert len(shop.images.built) == (1 if project == REGISTRY else 2)
    assert shop.plan() == []


def test_an_image_that_nobody_has_any_more_is_built_on_the_spot(tmp_path: Path) -> None:
    shop = shop_at(tmp_path / "shop", REGISTRY)
    shop.run()
    shop.images.forget()
    shop.ports.registry.clear()
    shop.runtime.kill(PLACE)
    assert steps(shop) == ["done restart"]
    assert (len(shop.images.built), shop.serves(), shop.plan()) == (2, "v0.1.0", [])


def test_another_registry_builds_for_it(tmp_path: Path) -> None:
    """What was pushed elsewhere is not there; the engine has it, so that it is only pushed."""
    shop = shop_at(tmp_path / "shop", REGISTRY)
    shop.run()
    shop.commit({"specs/project.yaml": REGISTRY.replace("5000/shop", "5000/other")})
    shop.runtime.kill(PLACE)
    assert steps(shop) == ["done build", "done restart"]
    assert len(shop.images.built) == 1
    (image,) = recorded(shop).values()
    assert image.reference.startswith("registry.example:5000/other/wine@")


@pytest.mark.parametrize(
    ("project", "when"),
    [(CONTAINERS, when) for when in ("built", "billed", "recorded", "deployed")]
    + [(REGISTRY, when) for when in ("built", "pushed", "billed", "recorded", "deployed")],
)
def test_a_death_after_any_effect_builds_nothing_twice(tmp_path: Path, project: str, when: str) -> None:
    shop = shop_at(tmp_path / "shop", project)
    die(shop, when)
    with pytest.raises(Death):
        shop.run()
    shop.run()
    assert (shop.plan(), shop.serves(), shop.trainings) == ([], "v0.1.0", 1)
    assert len(shop.images.built) == len(recorded(shop)) == 1
    assert read_bill(shop.git, shop.ports.cache, "wine")


def die(shop: Shop, when: str) -> None:
    """Let the next run die after an effect."""
    if when in {"built", "pushed"}:
        shop.images.interrupt[when] = Death()
        return
    refs = {"billed": BOMS, "recorded": PROJECT, "deployed": "refs/mlspec/env/production"}
    append = shop.git.append

    def dying(ref: str, files: Mapping[str, bytes], message: str) -> str:
        done = append(ref, files, message)
        if ref == refs[when] and '"trained"' not in message:
            shop.git.append = append  # type: ignore[method-assign]
            raise Death
        return done

    shop.git.append = dying  # type: ignore[method-assign]


def test_with_push_all_is_published_before_the_image_is(tmp_path: Path) -> None:
    shop = shop_at(tmp_path / "shop", REGISTRY, origin=FakeOrigin())
    seen: list[int] = []
    build = shop.images.build

    def watching(*arguments: Any) -> Image:
        seen.append(sum(ref.startswith("refs/tags/") for ref in shop.git.origin.refs))  # type: ignore[union-attr]
        return build(*arguments)

    shop.images.build = watching  # type: ignore[method-assign]
    shop.apply(push=True)
    assert seen == [2], "the version and its promotion"
    assert BOMS in shop.git.origin.refs  # type: ignore[union-attr]
