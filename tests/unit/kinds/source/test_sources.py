"""Sources: a table in the repository is its file."""

from __future__ import annotations

from mlspec.domain.desired import FileRef
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.registry import discover
from mlspec.kinds.source import SourceKind
from mlspec.spec.model import SourceSpec


def test_a_source_is_read_by_one_kind() -> None:
    spec = SourceSpec(name="wine", path="data/wine.csv")
    found = [item for kind in discover("mlspec.kinds.source", SourceKind).values() for item in kind.inputs(spec, 8)]
    assert found == [FileRef("data/wine.csv", ReasonKind.DATA_CHANGED, 8)]
