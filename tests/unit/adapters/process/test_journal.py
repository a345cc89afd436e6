"""Logs: capped, rotated, read from the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.adapters.process import journal
from mlspec.adapters.process.journal import Journal, log_files, newest_lines, tail


def test_each_generation_has_its_log_and_the_oldest_go(tmp_path: Path) -> None:
    for number in range(8):
        log = Journal.following(tmp_path / "logs")
        log.note(f"generation {number}")
        log.close()
    assert [path.name for path in log_files(tmp_path / "logs")] == [f"{n:08}.log" for n in range(4, 9)]
    assert [line.rpartition(" ")[2] for line in newest_lines(tmp_path / "logs", 3)] == ["5", "6", "7"]


def test_a_log_over_its_cap_keeps_its_newest_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "CAP", 1000)
    log = Journal.following(tmp_path / "logs")
    for number in range(100):
        log.note(f"line {number}")
    log.cut()
    log.note("after")
    log.close()
    assert log.path.stat().st_size < 400
    lines = tail(log.path, 1000)
    assert lines[-1].endswith("after")
    assert lines[-2].endswith("line 99")
    assert all(line.startswith("20") for line in lines), "no line is torn"


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    assert tail(tmp_path / "none", 5) == ()
    assert newest_lines(tmp_path / "none", 5) == ()


def test_reading_ends_at_the_wanted_number(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\nb\n\xff\n")
    assert tail(tmp_path / "x", 2) == ("b", "\ufffd")
    assert tail(tmp_path / "x", 0) == ()
