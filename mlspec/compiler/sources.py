"""Blueprints × tree → what is fetched: each source once, with the digest of how, and the snapshot that the tree has."""

from __future__ import annotations

from collections.abc import Iterable

from mlspec.compiler.resolve import contents_of
from mlspec.domain.desired import Blueprint, FileRef
from mlspec.domain.digest import JSON, digest
from mlspec.domain.reason import ReasonKind
from mlspec.domain.sources import DesiredSource, SourceRef
from mlspec.ports.tree import Tree


def desired_sources(blueprints: Iterable[Blueprint], tree: Tree) -> tuple[DesiredSource, ...]:
    """In the order of the specs; one that several models read is the first one's, as all declare it alike."""
    found: dict[str, DesiredSource] = {}
    for blueprint in blueprints:
        for ref in blueprint.sources:
            if ref.name not in found:
                content = tree.pointer(ref.path) or ""
                found[ref.name] = DesiredSource(
                    ref, blueprint.where(ref.line, ref.origin), _definition(ref, tree), content
                )
    return tuple(found.values())


def _definition(ref: SourceRef, tree: Tree) -> str:
    """Without the name of the snapshot, and without what only says when to look or how long to wait."""
    files = (FileRef(path, ReasonKind.CODE_CHANGED, ref.line, follow=True) for path in ref.deps)
    code: dict[str, JSON] = {path: value for file in files for path, value, _, _ in contents_of(tree, file)}
    return digest({"kind": ref.kind, "settings": ref.settings, "code": code})
