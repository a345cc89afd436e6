"""What doctor says of sources."""

from __future__ import annotations

from mlspec.ports.sources import Lack
from mlspec.reconciler.checkup.check import Status
from mlspec.reconciler.checkup.sources import sources


def test_what_is_missing_is_told_with_what_to_do() -> None:
    found = list(sources({"a": (), "b": (Lack("SHOP_URL is not set", "export it"), Lack("no s3fs", "pip install"))}))
    assert [(check.status, check.hint) for check in found] == [(Status.NOTE, "export it"), (Status.NOTE, "pip install")]
    assert found[0].message.startswith("b: SHOP_URL is not set")


def test_one_line_where_nothing_is_missing_and_none_where_nothing_is_fetched() -> None:
    assert [check.status for check in sources({"a": (), "b": ()})] == [Status.OK]
    assert list(sources({})) == []
