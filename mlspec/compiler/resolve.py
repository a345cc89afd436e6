"""Blueprint × tree → desired model: every file that counts is replaced by the digest of its content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlspec.compiler.recipe import contents, deployed, recipe
from mlspec.domain.desired import Blueprint, DesiredModel, FileRef, Subject
from mlspec.domain.digest import JSON, digest
from mlspec.domain.python import follow
from mlspec.domain.reason import ReasonKind
from mlspec.ports.tree import Tree

Found = tuple[str, JSON, ReasonKind, int]


def resolve(blueprint: Blueprint, tree: Tree) -> DesiredModel:
    """The model as this tree would have it; files that neither git nor DVC knows are listed as missing."""
    found: list[Found] = [(item.name, item.value, item.kind, item.line) for item in blueprint.subjects]
    origins = {item.name: item.origin for item in blueprint.subjects if item.origin}
    missing: list[FileRef] = []
    for ref in blueprint.files:
        hits = list(contents_of(tree, ref))
        found += hits
        origins |= dict.fromkeys((ref.path, *(name for name, *_ in hits)), ref.origin) if ref.origin else {}
        if not hits and not ref.optional:
            missing.append(ref)
    blueprint = _with_evaluation(tree, blueprint, missing)
    packages = _packages(tree, blueprint, found, missing)
    files, absent = contents(tree, blueprint.content)
    made_of = recipe(blueprint, files)
    if made_of:
        blueprint = replace(blueprint, deployments=deployed(blueprint.deployments, made_of, files))
    return DesiredModel(
        blueprint=blueprint,
        inputs={name: value for name, value, _, _ in found},
        sources={name: (kind, line) for name, _, kind, line in found},
        packages=packages,
        recipe=made_of,
        missing=(*missing, *absent),
        unwatched=tuple(item for item in blueprint.mentioned if tree.blob(str(item.value)) is not None),
        origins=origins,
    )


def _with_evaluation(tree: Tree, blueprint: Blueprint, missing: list[FileRef]) -> Blueprint:
    """The blueprint, with the code that evaluates among what judging depends on."""
    subjects: list[Subject] = []
    for ref in blueprint.judged_by:
        hits = list(contents_of(tree, ref))
        subjects += [Subject(f"evaluation.code.{path}", kind, value, line) for path, value, kind, line in hits]
        if not hits and not ref.optional:
            missing.append(ref)
    return replace(blueprint, evaluate=(*blueprint.evaluate, *subjects)) if subjects else blueprint


def _packages(tree: Tree, blueprint: Blueprint, found: list[Found], missing: list[FileRef]) -> dict[str, str]:
    """The lock's packages; the lock's own text (comments, hashes, order) does not count."""
    lock = blueprint.lock
    if lock is None:
        return {}
    if tree.blob(lock.path) is None:
        missing.append(lock)
        return {}
    packages = dict(tree.packages(lock.path))
    found.append((lock.path, digest(packages), lock.kind, lock.line))
    return packages


def contents_of(tree: Tree, ref: FileRef) -> Iterator[Found]:
    """One file, a DVC pointer, or a folder; and what Python entries import besides."""
    paths = [ref.path] if tree.blob(ref.path) else list(tree.below(ref.path))
    pointer = tree.pointer(ref.path)
    if pointer is not None:
        yield ref.path, pointer, ref.kind, ref.line
        return
    if ref.follow:
        paths = sorted({*paths, *follow(tree, paths)})
    yield from ((path, _content(tree, path), ref.kind, ref.line) for path in paths)


def _content(tree: Tree, path: str) -> str:
    return tree.python(path).digest if path.endswith(".py") else f"git:{tree.blob(path)}"
