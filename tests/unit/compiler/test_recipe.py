"""What an image is made of, in a tree: generated files, files of the repository, and the digest that names both."""

from __future__ import annotations

import pytest
from fakes.wanted import FILES, SPEC, MemoryTree, model

from mlspec.compiler.blueprint import blueprint
from mlspec.compiler.files import model_files
from mlspec.compiler.resolve import resolve
from mlspec.domain.desired import DesiredModel
from mlspec.domain.digest import JSON, digest
from mlspec.spec.load import load

PROJECT = """\
apiVersion: mlspec/v1
kind: Project
environments:
  staging: {}
  production: {target: docker}
  far: {target: swarm, bind: 0.0.0.0}
"""
TREE = FILES | {
    "src/shop/a.py": "# a comment\nx = 1\n",
    "src/shop/words.txt": "",
    "src/shopping.py": "",
    "locks/serve.txt": "six==1.16.0\n",
    "serve/Dockerfile": "FROM python\n",
    "serve/run.sh": "",
}
DEPS = "{deps: [src/shop], image: {requirements: locks/serve.txt}}"


def resolved(serving: str = "{}", files: dict[str, str] = TREE, spec: str = SPEC) -> DesiredModel:
    """The model with this `serving`, in a project with all targets."""
    return model(f"{spec}serving: {serving}\n", files=files, project=PROJECT)


def serve(found: DesiredModel, environment: str = "production") -> dict[str, JSON]:
    """The serve map of one of its deployments."""
    return dict(next(item.serve for item in found.blueprint.deployments if item.environment == environment))


def test_generated_files_are_in_the_recipe() -> None:
    found = resolved()
    assert set(found.recipe) == {"Dockerfile", "requirements.txt"}
    assert serve(found)["image"] == digest(dict(found.recipe))


def test_files_are_in_the_recipe_and_told_apart_in_the_serve_map() -> None:
    found = resolved(DEPS)
    files = {"src/shop/a.py", "src/shop/words.txt", "locks/serve.txt"}
    assert {name.removeprefix("file:") for name in found.recipe if name.startswith("file:")} == files
    told = {name: value for name, value in serve(found).items() if name.startswith("file:")}
    assert told == {f"file:{path}": f"git:{MemoryTree(TREE).blob(path)}" for path in files}
    (place,) = [item for item in found.blueprint.deployments if item.environment == "production"]
    assert {place.lines[name] for name in told} == {22}


@pytest.mark.parametrize("path", ["src/shop/a.py", "src/shop/words.txt", "locks/serve.txt"])
def test_any_change_of_a_file_is_another_image(path: str) -> None:
    """A comment too: the image holds it."""
    before, after = resolved(DEPS), resolved(DEPS, TREE | {path: "# another comment\nx = 1\n"})
    changed = {name for name, value in serve(after).items() if serve(before)[name] != value}
    assert changed == {"image", f"file:{path}"}


def test_another_file_of_a_folder_is_another_image() -> None:
    assert serve(resolved(DEPS, TREE | {"src/shop/b.py": ""}))["image"] != serve(resolved(DEPS))["image"]
    assert resolved(DEPS, TREE | {"src/shopping.py": "x"}).recipe == resolved(DEPS).recipe


@pytest.mark.parametrize(
    "serving",
    [
        "{trust: [a.B]}",
        "{limits: {body: 2MB}}",
        "{health: /up}",
        "{entrypoint: [serve]}",
        "{image: {base: x}}",
        "{image: {system_packages: [git]}}",
        "{image: {refresh: again}}",
    ],
)
def test_what_is_baked_in_changes_the_image(serving: str) -> None:
    assert serve(resolved(serving))["image"] != serve(resolved())["image"]


@pytest.mark.parametrize("serving", ["{env: [TOKEN]}", "{resources: {cpu: 1}}"])
def test_what_a_container_is_given_does_not(serving: str) -> None:
    assert serve(resolved(serving))["image"] == serve(resolved())["image"]
    assert serve(resolved(serving)) != serve(resolved())


def test_what_only_people_read_changes_nothing() -> None:
    spec = SPEC.replace("Cultivars", "Others").replace("cellar@", "new@")
    assert serve(resolved(spec=spec)) == serve(resolved())


def test_the_image_is_the_same_in_every_environment() -> None:
    found = resolved(spec=SPEC + "  far: {port: 8080}\n")
    assert serve(found, "far")["image"] == serve(found)["image"]


def test_a_moved_spec_is_the_same_image() -> None:
    loaded = load({"specs/p.yaml": PROJECT.encode(), "specs/wine.yaml": SPEC.encode()}).sound()
    (item,) = loaded.models
    recipes = []
    for path in ("specs/wine.yaml", "specs/deep/wine.yaml"):
        made = blueprint(item, loaded.project, model_files(item.spec, loaded.project, path))
        recipes.append(resolve(made, MemoryTree(FILES)).recipe)
    assert recipes[0] == recipes[1] != {}


def test_a_dockerfile_of_ones_own_brings_its_folder() -> None:
    found = resolved("{image: {dockerfile: serve/Dockerfile}}")
    assert set(found.recipe) == {"requirements.txt", "file:serve/Dockerfile", "file:serve/run.sh"}


@pytest.mark.parametrize(
    ("serving", "without"),
    [
        (DEPS, ["src/shop/a.py", "src/shop/words.txt"]),
        (DEPS, ["locks/serve.txt"]),
        ("{image: {dockerfile: serve/Dockerfile}}", ["serve/Dockerfile"]),
    ],
)
def test_what_git_does_not_have_is_missing(serving: str, without: list[str]) -> None:
    files = {path: text for path, text in TREE.items() if path not in without}
    (ref,) = resolved(serving, files).missing
    assert without[0].startswith(ref.path)
    assert ref.line == 22


def test_a_pointer_of_dvc_does_not_stand_for_a_file_of_the_image() -> None:
    files = FILES | {"src/shop.dvc": "outs:\n- md5: abc.dir\n  path: shop\n"}
    assert [ref.path for ref in resolved("{deps: [src/shop]}", files).missing] == ["src/shop"]


def test_a_process_has_no_image() -> None:
    found = model(SPEC)
    assert (dict(found.recipe), found.blueprint.image, found.blueprint.content) == ({}, (), ())
    assert "image" not in serve(found)


def test_beside_containers_a_process_keeps_its_map() -> None:
    found = resolved(DEPS, spec=SPEC + "  staging:\n    replicas: 1\n")
    assert serve(found, "staging") == serve(model(SPEC))
