"""The files that an image is built from, besides mlspec's server and the model: generated ones, and the repository's.

docs/decisions/0005 says what a build context holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.compiler.blobs import blob_id
from mlspec.compiler.image import server_requirements
from mlspec.compiler.lockfile import OTHER
from mlspec.domain.desired import DesiredDeployment, DesiredModel
from mlspec.domain.record import VersionRecord
from mlspec.errors import MlspecError
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.world import World

GENERATED: Final = ("Dockerfile", ".dockerignore", "requirements.txt")
EXTRA: Final = "extra-requirements.txt"
_FILE: Final = "file:"


def context_files(
    ports: Ports, world: World, model: DesiredModel, wanted: DesiredDeployment, record: VersionRecord
) -> dict[str, bytes]:
    """Path in the context → content; MlspecError where a file is not what it was when the plan was made."""
    folder = model.blueprint.folder
    generated = ports.specs.generated(world.actual.files, *model.blueprint.documents)
    files = {name: generated[f"{folder}/{name}"] for name in GENERATED if f"{folder}/{name}" in generated}
    if "requirements.txt" in files and record.format not in {"files", model.blueprint.format}:
        # a version of before, which the spec's present requirements could not load
        function = any(file.path.startswith("features/") for file in record.artefact)
        files["requirements.txt"] = server_requirements(record.format, function=function).encode()
    files["constraints.txt"] = constraints(record.packages or ports.steps.installed())
    for path in contents(model):
        data = _read(ports, world, path)
        files |= dict.fromkeys(_places(path, model, wanted), data)
    return files


def contents(model: DesiredModel) -> list[str]:
    """The files of the repository that go into the image."""
    return [name.removeprefix(_FILE) for name in model.recipe if name.startswith(_FILE)]


def constraints(packages: Mapping[str, str]) -> bytes:
    """A constraints file of a lock's packages, as records keep them: `name` → `version ; marker | version ; marker`."""
    pins = ((name, pin) for name, pins in sorted(packages.items()) if name != OTHER for pin in pins.split(" | "))
    return "".join(f"{name}=={pin}\n" for name, pin in pins).encode()


def _places(path: str, model: DesiredModel, wanted: DesiredDeployment) -> Iterator[str]:
    """Where a file goes: beside a Dockerfile of one's own as it stands, else below `app/` or in a place of its own."""
    dockerfile, requirements = wanted.serve.get("image.dockerfile"), wanted.serve.get("image.requirements")
    if dockerfile:
        folder = str(dockerfile).rpartition("/")[0]
        yield path.removeprefix(f"{folder}/")
        if path == dockerfile:
            yield "Dockerfile"
        return
    asked_for = [ref.path.rstrip("/") for ref in model.blueprint.content]
    if requirements:
        asked_for.remove(str(requirements))
    if path == requirements:
        yield EXTRA
    if any(path == other or path.startswith(f"{other}/") for other in asked_for):
        yield f"app/{path}"


def _read(ports: Ports, world: World, path: str) -> bytes:
    data = ports.files.read(path)
    if data is None or blob_id(data) != world.actual.files.get(path):
        raise MlspecError(f"`{path}` has changed since the plan was made", hint="commit it, then run the same again")
    return data
