"""What a dvc.lock says that stages were run with and what they made; anybody may have written it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import yaml

from mlspec.domain.desired import DesiredModel
from mlspec.domain.digest import JSON
from mlspec.ports.files import Files


def locked_output(content: bytes, path: str) -> str:
    """The MD5 of an output; empty where none is named."""
    return next((md5 for found, md5 in _entries(content, "outs") if found == path), "")


def other_data(content: bytes, model: DesiredModel, files: Files) -> list[tuple[str, str, str]]:
    """The data that stages read otherwise than it is: path, its MD5 in the tree or by its pointer, and that of then.

    Python code is not looked at, as it may differ in comments; nor are stages that the model has no more, which DVC
    leaves in the file.
    """
    inputs, stages = model.inputs, model.blueprint.stages
    read = dict.fromkeys(entry for entry in _entries(content, "deps", stages) if _is_data(inputs.get(entry[0])))
    wanted = {path: _md5(path, str(inputs[path]), files) for path, _ in read}
    return [(path, wanted[path], md5) for path, md5 in read if md5 != wanted[path]]


def _is_data(value: JSON) -> bool:
    return str(value).startswith(("md5:", "git:"))


def _md5(path: str, value: str, files: Files) -> str:
    if value.startswith("md5:"):
        return value[4:]
    return hashlib.md5(files.read(path) or b"", usedforsecurity=False).hexdigest()


def _entries(content: bytes, kind: str, only: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Path and MD5 of each dependency, or output, of all stages, or only of some."""
    with suppress(yaml.YAMLError, KeyError, TypeError, AttributeError):
        stages: dict[str, Any] = yaml.load(content, yaml.CSafeLoader)["stages"]
        chosen = [stage for name, stage in stages.items() if not only or name in only]
        found = (item for stage in chosen for item in stage.get(kind, ()))
        yield from ((str(item["path"]), str(item["md5"])) for item in found if "md5" in item)
