"""Adapters of sources without their servers: what they lack, what they compare, what they never show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from fsspec.callbacks import Callback, NoOpCallback
from fsspec.implementations.memory import MemoryFileSystem

from mlspec.adapters.sources import _lacking, remote, s3, sql, url
from mlspec.adapters.sources._deadline import Check, fetch_within
from mlspec.adapters.sources._files import RemoteFile, fingerprint
from mlspec.domain.sources import SourceRef
from mlspec.errors import MlspecError


def ref(kind: str, **settings: Any) -> SourceRef:
    """A source with these settings."""
    return SourceRef("rows", kind, "data/rows.csv", settings, 1)


def hasty(kind: str, **settings: Any) -> SourceRef:
    """The same, with little time."""
    return replace(ref(kind, **settings), timeout=0.3)


def left(folder: Path) -> list[str]:
    """What a fetch left behind once its thread has ended."""
    deadline = monotonic() + 60
    while (found := sorted(path.name for path in folder.iterdir())) and monotonic() < deadline:
        sleep(0.01)
    return found


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


@pytest.mark.parametrize(
    "value",
    [
        "canary secret",
        "nonsense://ada:canary@host/db",
        "mysql+nonsense://ada:canary@h/d",
        "postgresql+psycopg://ada:some@canary@127.0.0.1:1/db",
        "postgresql+psycopg://ada@127.0.0.1:canary/db",
    ],
)
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


class Drip(ThreadingHTTPServer):
    """A header at once, and then a byte now and then."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dripping)
        self.over = Event()


class _Dripping(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Drip)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a,b\n")
        with suppress(OSError):
            while not self.server.over.wait(0.02):
                self.wfile.write(b"1")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def drip() -> Iterator[Drip]:
    server = Drip()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def test_a_server_that_drips_is_left(drip: Drip, tmp_path: Path) -> None:
    source = url.open_source(hasty("url", url=f"http://127.0.0.1:{drip.server_port}/rows.csv"), "")
    with pytest.raises(MlspecError, match=r"127\.0\.0\.1 took longer than 0\.3 s"):
        source.fetch(str(tmp_path / "x.csv"), {})
    drip.over.set()
    assert left(tmp_path) == []


def test_a_query_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite://")
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    source = sql.open_source(hasty("sql", query=query, url_env="SHOP_URL"), "")
    with pytest.raises(MlspecError, match=r"the database behind SHOP_URL took longer than 0\.3 s"):
        source.fetch(str(tmp_path / "x.csv"), {})
    assert left(tmp_path) == []


class Hanging(MemoryFileSystem):
    """Gives pieces until nobody wants more; or nothing at all."""

    cachable = False

    def __init__(self, held: Event | None = None) -> None:
        super().__init__()
        self._held = held

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": 8, "type": "file"}

    def get_file(self, rpath: str, lpath: str, callback: Callback = NoOpCallback(), **_: Any) -> None:  # noqa: B008
        del rpath
        Path(lpath).write_text("a,b\n")
        while self._held is None:
            sleep(0.01)
            callback.relative_update(1)
        self._held.wait(60)


@pytest.mark.parametrize("held", [None, Event()])
def test_a_file_system_that_hangs_is_left(held: Event | None, tmp_path: Path) -> None:
    source = RemoteFile("slow://rows.csv", lambda: (Hanging(held), "rows.csv"), list, 0.3)
    with pytest.raises(MlspecError, match=r"slow://rows\.csv took longer than 0\.3 s"):
        source.fetch(str(tmp_path / "x.csv"), {})
    if held:
        held.set()
    assert left(tmp_path) == []


def test_what_a_library_calls_a_timeout_is_told_as_its_own(tmp_path: Path) -> None:
    def write(_into: Path, _check: Check) -> None:
        raise TimeoutError("no route")

    (tmp_path / "x.csv.stray").touch()
    with pytest.raises(TimeoutError, match="no route"):
        fetch_within(60, "nobody", str(tmp_path / "x.csv"), write)
    assert left(tmp_path) == []
