"""What was kept under other wishes goes: redacted or deleted, when its writer has left, and whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from unit.serving.test_recorder import NOTED, recorder

from mlspec.serving.leftovers import Leftovers
from mlspec.serving.slots import Slot

BOTH = ("requests", "predictions")


def texts(folder: Path) -> bytes:
    """All that is kept."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".lock")


def kept_in_the_clear(folder: Path) -> Slot:
    """A worker's slot, and what it kept: rows, some of them older, and answers by their ids."""
    slot = Slot(folder)
    worker = recorder(folder, sample=1.0, keep=2, predictions=10)
    for _ in range(3):
        worker.add([NOTED])
    assert {path.name for path in folder.glob("*.jsonl")} == {
        "requests-0.jsonl",
        "requests-0.old.jsonl",
        "predictions-0.jsonl",
    }
    assert b"basic" in texts(folder)
    return slot


def test_rows_that_the_slot_s_last_worker_kept_are_redacted(tmp_path: Path) -> None:
    kept_in_the_clear(tmp_path).release()
    leftovers = Leftovers(Slot(tmp_path), BOTH, ["plan"])
    leftovers.tidy()
    assert b"basic" not in texts(tmp_path)
    document = recorder(tmp_path, sample=1.0, keep=4, redact=("plan",)).requests()
    assert document is not None
    assert [each["row"] for each in document["requests"]][:2] == [
        {"tenure": 1, "plan": None, "paper": True},
        {"tenure": 2, "plan": None, "paper": False},
    ]
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    leftovers.tidy()
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_what_is_not_wished_any_more_is_deleted(tmp_path: Path) -> None:
    kept_in_the_clear(tmp_path).release()
    Leftovers(slot := Slot(tmp_path), ["predictions"], []).tidy()
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["predictions-0.jsonl"]
    slot.release()
    Leftovers(Slot(tmp_path), [], []).tidy()
    assert list(tmp_path.glob("*.jsonl")) == []


def test_an_old_worker_s_files_come_when_it_has_left(tmp_path: Path) -> None:
    old = kept_in_the_clear(tmp_path)
    leftovers = Leftovers(Slot(tmp_path), BOTH, ["plan"])
    leftovers.tidy()
    assert b"basic" in texts(tmp_path)  # a line that it is writing would be lost
    shown = recorder(tmp_path, sample=1.0, keep=4, redact=("plan",)).requests()
    assert b"basic" not in orjson.dumps(shown)
    old.release()
    leftovers.tidy()
    assert b"basic" not in texts(tmp_path)
    recorder(tmp_path, sample=1.0, keep=4).add([NOTED])  # one that was started again meanwhile, as of old
    leftovers.tidy()
    assert b"basic" not in texts(tmp_path)


def test_a_death_in_between_leaves_the_old_file_and_the_next_one_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_in_the_clear(tmp_path).release()
    before = texts(tmp_path)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            Leftovers(slot := Slot(tmp_path), BOTH, ["plan"]).tidy()
    (half,) = tmp_path.glob("*.new")
    half.write_bytes(b'{"row": {"plan": "ba')
    assert len(texts(tmp_path)) == len(before) + len(half.read_bytes())
    slot.release()
    Leftovers(Slot(tmp_path), BOTH, ["plan"]).tidy()
    assert list(tmp_path.glob("*.new")) == []
    assert b"basic" not in texts(tmp_path)


def test_what_can_t_be_deleted_is_said_once_and_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept_in_the_clear(tmp_path).release()
    (tmp_path / "requests-0.jsonl").unlink()
    (tmp_path / "requests-0.jsonl").mkdir()
    leftovers = Leftovers(Slot(tmp_path), [], [])
    leftovers.tidy()
    leftovers.tidy()
    assert caplog.text.count("may hold what is not to be kept any more") == 1
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["requests-0.jsonl"]
