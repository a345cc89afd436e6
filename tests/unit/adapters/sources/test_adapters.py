"""Adapters of sources without their servers: what they lack, what they compare, what they never show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mlspec.adapters.sources import _lacking, remote, s3, sql, url
from mlspec.adapters.sources._files import fingerprint
from mlspec.domain.sources import SourceRef
from mlspec.errors import MlspecError


def ref(kind: str, **settings: Any) -> SourceRef:
    """A source with these settings."""
    return SourceRef("rows", kind, "data/rows.csv", settings, 1)


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lacking, "find_spec", lambda _: None)
    monkeypatch.setenv("SHOP_URL", "sqlite://")
    for source in (
        sql.open_source(ref("sql", query="SELECT 1", url_env="SHOP_URL"), ""),
        s3.open_source(ref("s3", bucket="shop", key="rows.csv"), ""),
        remote.open_source(ref("remote", url="s3://shop/rows.csv"), ""),
    ):
        (lack,) = source.lacks()
        assert "is not installed" in lack.what
        assert lack.hint in {"pip install 'mlspec[sql]'", "pip install 'mlspec[s3]'"}


def test_protocols_that_nobody_knows() -> None:
    (lack,) = remote.open_source(ref("remote", url="nonsense://a/b.csv"), "").lacks()
    assert lack.what == "fsspec knows no `nonsense://`"
    assert remote.open_source(ref("remote", url="file:///a/b.csv"), "").lacks() == []


@pytest.mark.parametrize("value", ["canary secret", "nonsense://ada:canary@host/db", "mysql+nonsense://ada:canary@h/d"])
def test_a_url_that_cannot_be_used_is_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", value)
    source = sql.open_source(ref("sql", query="SELECT 1", url_env="SHOP_URL", probe="SELECT 1"), "")
    with pytest.raises(MlspecError) as caught:
        source.probe()
    assert "canary" not in f"{caught.value}{caught.value.details}"
    assert "SHOP_URL" in str(caught.value)


def test_a_query_is_rolled_back_whatever_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", f"sqlite:///{tmp_path}/shop.db")

    def source(query: str) -> sql.SqlSource:
        return sql.open_source(ref("sql", query=query, url_env="SHOP_URL"), "")

    with pytest.raises(MlspecError, match="gives no rows"):
        source("CREATE TABLE t (a integer)").fetch(str(tmp_path / "x.csv"), {})
    with pytest.raises(MlspecError, match="refuses"):
        source("SELECT nonsense").fetch(str(tmp_path / "x.csv"), {})
    found = source("SELECT 'a%b' AS a, ':x' AS b UNION ALL SELECT NULL, 'c,d'").fetch(str(tmp_path / "x.csv"), {})
    assert (found.rows, (tmp_path / "x.csv").read_text()) == (2, 'a,b\na%b,:x\n,"c,d"\n')


def test_each_value_has_one_spelling() -> None:
    moment = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    values = (None, True, moment, date(2026, 11, 22), b"\x01\xff", 1.5, "x")
    assert [sql._text(value) for value in values] == [
        *("", "true", "2026-11-22T15:00:00+00:00", "2026-11-22", "01ff", "1.5", "x"),
    ]


def test_what_tells_a_file_from_its_successor() -> None:
    assert fingerprint({"ETag": '"a"', "size": 3, "LastModified": "x"}) == 'etag "a"'
    assert fingerprint({"mtime": 1.5, "size": 3}) == "modified 1.5, 3 bytes"
    assert fingerprint({"size": 3}) == "3 bytes"
    assert fingerprint({}) == ""


def test_a_server_that_is_not_there() -> None:
    source = url.open_source(ref("url", url="http://127.0.0.1:1/rows.csv"), "")
    with pytest.raises(MlspecError) as caught:
        source.probe()
    assert str(caught.value) == "127.0.0.1 does not answer: Connection refused"
