"""Saved plans: what counts as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.cli.planfile import is_saved_plan, save
from mlspec.domain.plan import Plan


def test_a_file_named_as_a_model_is_a_plan_only_where_it_holds_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wine").write_text("notes")
    Path("plan.json").write_text("broken")
    assert [is_saved_plan(word) for word in ("wine", "plan.json", "beer")] == [False, True, False]
    save(Plan(revision="0" * 40, base="", actions=(), held=()), "wine", [], "")
    assert is_saved_plan("wine")
