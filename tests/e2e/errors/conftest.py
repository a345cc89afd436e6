"""For errors that come before anything is run: the same command line within the test's process, which is cheaper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from e2e.project import Done, Project

from mlspec.cli.run import run

Quick = Callable[..., Done]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Quick:
    """`quick(project, "plan", code=1)` runs a verb that starts no stage and no server; fails on another exit code."""

    def call(project: Project, *args: str, code: int = 0) -> Done:
        monkeypatch.chdir(project.root)
        capsys.readouterr()
        found = run(args)
        out, err = capsys.readouterr()
        assert found == code, f"mlspec {' '.join(args)}: exit {found}\n{out}\n{err}"
        assert "has a fault" not in err, err
        return Done(found, out, err)

    return call
