"""What a model's image is made of besides a version, in a tree: the spec's parts and files of the repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlspec.domain.desired import Blueprint, DesiredDeployment, FileRef
from mlspec.domain.digest import JSON, digest
from mlspec.domain.image import Recipe
from mlspec.ports.tree import Tree

Contents = Mapping[str, tuple[str, int]]
"""path → the content's digest, and the line of the spec that asks for it"""


def contents(tree: Tree, refs: Sequence[FileRef]) -> tuple[Contents, list[FileRef]]:
    """The files of the image, sorted, and what git does not have.

    They are taken as git has them: comments count, and a pointer of DVC's stands for itself.
    """
    found: dict[str, tuple[str, int]] = {}
    missing = []
    for ref in refs:
        paths = [ref.path] if tree.blob(ref.path) else list(tree.below(ref.path))
        for path in paths:
            found.setdefault(path, (f"git:{tree.blob(path)}", ref.line))
        if not paths:
            missing.append(ref)
    return dict(sorted(found.items())), missing


def recipe(blueprint: Blueprint, files: Contents) -> Recipe:
    """What the image is made of, once its files are known."""
    content: dict[str, JSON] = {f"file:{path}": found for path, (found, _) in files.items()}
    return {item.name: item.value for item in blueprint.image} | content


def deployed(
    deployments: Sequence[DesiredDeployment], made_of: Recipe, files: Contents
) -> tuple[DesiredDeployment, ...]:
    """The deployments, with the recipe's digest and the files in the serve maps of those that run containers."""
    serve: dict[str, JSON] = {"image": digest(dict(made_of))}
    serve |= {f"file:{path}": found for path, (found, _) in files.items()}
    lines = {f"file:{path}": line for path, (_, line) in files.items()}
    return tuple(
        replace(item, serve={**item.serve, **serve}, lines={**item.lines, **lines}) if "image" in item.serve else item
        for item in deployments
    )
