"""What is said while a plan is carried out: a line that moves on a terminal, and next to nothing without one."""

from __future__ import annotations

from time import monotonic

import pytest

from mlspec.cli.progress import Progress
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind

BUILD = Action(ActionKind.BUILD, "wine", "production", "v0.1.0")
DEPLOY = Action(ActionKind.DEPLOY, "wine", "production", "v0.1.0")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns."""
    monkeypatch.setenv("COLUMNS", "60")


def test_the_moving_line_has_the_newest_line_of_the_build() -> None:
    progress = Progress(quiet=True)
    assert progress.line(monotonic()) == ""
    progress.started(BUILD)
    assert progress.line(monotonic() + 12) == "build wine → production 12 s"
    progress.output("Step 3/9 : RUN python -m venv /opt/venv\n")
    assert progress.line(monotonic() + 12) == "build wine → production 12 s: Step 3/9 : RUN python "
    progress.output("\x1b[0m\r\n")
    assert "Step 3/9" in progress.line(monotonic())
    progress.output(" ---> \x1b[91mRunning in 1c3\x07\n")
    assert progress.line(monotonic()) == "build wine → production 0 s: ---> Running in 1c3"


def test_it_stays_on_one_line() -> None:
    progress = Progress(quiet=True)
    progress.started(BUILD)
    progress.output("x" * 500)
    assert len(progress.line(monotonic())) == 52


def test_what_a_tool_said_is_gone_with_it() -> None:
    progress = Progress(quiet=True)
    progress.started(BUILD)
    progress.output("Step 9/9")
    progress.ended(Outcome(BUILD, "done", "shop/wine:v0.1.0-abc, 412 MB"))
    assert progress.line(monotonic()) == ""
    progress.started(DEPLOY)
    assert progress.line(monotonic()) == "deploy wine → production 0 s"


def test_without_a_terminal_a_build_says_that_it_begins_and_how_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(quiet=False)
    progress.started(BUILD)
    progress.output("Step 1/9")
    progress.ended(Outcome(BUILD, "done", "shop/wine:v0.1.0-abc, 412 MB", "v0.1.0", 61.0))
    progress.started(DEPLOY)
    progress.close()
    assert capsys.readouterr().err.splitlines() == [
        "  … build wine → production",
        "  ✓ build     wine → production v0.1.0  shop/wine:v0.1.0-abc, 412 MB (61.0 s)",
    ]
