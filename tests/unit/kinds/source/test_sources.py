"""Sources: each is read by one kind; what is fetched has settings for its adapter, and no secret among them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from mlspec.domain.desired import FileRef
from mlspec.domain.reason import ReasonKind
from mlspec.domain.sources import DatedSource
from mlspec.kinds.registry import discover
from mlspec.kinds.source import SourceKind
from mlspec.spec.model import SourceSpec

KINDS = discover("mlspec.kinds.source", SourceKind)
FETCHED: dict[str, dict[str, Any]] = {
    "url": {"url": "https://example.com/a.csv", "token_env": "TOKEN"},
    "remote": {"url": "s3://shop/a.csv"},
    "s3": {"s3": {"bucket": "shop", "key": "a.csv"}},
    "sql": {"sql": {"query": "SELECT 1", "url_env": "SHOP"}},
    "command": {"command": "python -m shop.make", "deps": ["data/raw"]},
}


def test_there_is_a_source_for_each_kind() -> None:
    assert set(KINDS) == {*FETCHED, "file", "folder"}


@pytest.mark.parametrize("fields", [{"path": "data/a.csv"}, {"folder": "data/a"}, *FETCHED.values()])
def test_a_source_is_read_by_one_kind(fields: dict[str, Any]) -> None:
    spec = SourceSpec.model_validate({"name": "a"} | fields)
    found = [item for kind in KINDS.values() for item in kind.inputs(spec, 8)]
    assert found == [FileRef(spec.path, ReasonKind.DATA_CHANGED, 8)]


@pytest.mark.parametrize("name", FETCHED)
def test_what_is_fetched_has_an_adapter_of_the_same_name(name: str) -> None:
    spec = SourceSpec.model_validate({"name": "a", "freshness": "1d"} | FETCHED[name])
    (ref,) = [found for kind in KINDS.values() if (found := kind.fetched(spec, 8)) is not None]
    assert (ref.kind, ref.name, ref.path, ref.line, ref.freshness) == (name, "a", "data/a.csv", 8, 86400.0)
    assert ref.settings
    assert None not in ref.settings.values()
    assert import_module(f"mlspec.adapters.sources.{name}").open_source(ref, "/nowhere")


@pytest.mark.parametrize("fields", [{"path": "data/a.csv"}, {"folder": "data/a"}])
def test_what_lies_in_the_repository_may_grow_old(fields: dict[str, Any]) -> None:
    spec = SourceSpec.model_validate({"name": "a", "freshness": "1d"} | fields)
    (found,) = [item for kind in KINDS.values() if (item := kind.dated(spec, 8)) is not None]
    assert found == DatedSource("a", spec.path, 86400.0, fails=False, line=8)
    strict = spec.model_copy(update={"stale": "fail"})
    assert [item.fails for item in (kind.dated(strict, 8) for kind in KINDS.values()) if item is not None] == [True]
    ageless = spec.model_copy(update={"freshness": None})
    assert not any(kind.dated(ageless, 8) for kind in KINDS.values())


@pytest.mark.parametrize("name", FETCHED)
def test_what_is_fetched_is_as_old_as_its_snapshot(name: str) -> None:
    spec = SourceSpec.model_validate({"name": "a", "freshness": "1d"} | FETCHED[name])
    assert not any(kind.dated(spec, 8) for kind in KINDS.values())


def test_a_query_without_a_probe_and_a_command_are_not_asked() -> None:
    refs = {name: KINDS[name].fetched(SourceSpec.model_validate({"name": "a"} | FETCHED[name]), 1) for name in FETCHED}
    assert {name for name, ref in refs.items() if ref and ref.probed} == {"url", "remote", "s3"}


def test_the_code_of_a_command_is_among_what_it_depends_on() -> None:
    ref = KINDS["command"].fetched(SourceSpec.model_validate({"name": "a"} | FETCHED["command"]), 1)
    assert ref is not None
    assert ref.deps[0] == "data/raw"
    assert "src/shop/make.py" in ref.deps
