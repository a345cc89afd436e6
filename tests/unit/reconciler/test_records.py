"""Records are decoded when they are asked for, and read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from fakes.ports import MemoryCache
from fakes.wanted import SPEC, model, record

from mlspec.domain.version import Version
from mlspec.reconciler.records import Records, RecordText, read_texts

ONE = record(model(SPEC))


def test_only_what_is_asked_for_is_decoded() -> None:
    texts = {Version(0, 1, 0): RecordText("v0.1.0", ONE.to_json()), Version(0, 2, 0): RecordText("v0.2.0", "broken")}
    records = Records(texts)
    assert max(records) == Version(0, 2, 0)
    assert Version(0, 2, 0) in records
    assert records[Version(0, 1, 0)] == ONE
    assert records[Version(0, 1, 0)] is records[Version(0, 1, 0)]
    with pytest.raises(ValueError, match="Expecting value"):
        _ = records[Version(0, 2, 0)]


def test_a_second_look_asks_git_for_nothing() -> None:
    cache = MemoryCache()
    asked: list[set[str]] = []

    def messages(oids: Iterable[str]) -> Mapping[str, str]:
        asked.append(set(oids))
        return {oid: f"Register\n\n{ONE.to_json()}\n" if oid == "good" else "by hand" for oid in asked[-1]}

    found = [read_texts(cache, ["good", "none"], messages) for _ in range(2)]
    assert asked == [{"good", "none"}, set()]
    assert found[0] == found[1] == {"good": RecordText("v0.1.0", ONE.to_json())}
