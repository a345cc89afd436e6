"""Make a git repository a DVC repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dvc.repo import Repo

from mlspec.adapters.dvc.errors import translated
from mlspec.adapters.dvc.session import quiet

_FILES: Final = (".dvc/.gitignore", ".dvc/config", ".dvcignore")
_IGNORED: Final = "# mlspec's own files: DVC need not look there\n/.mlspec/\n"


def init(root: Path, *, subdir: bool = False) -> tuple[str, ...]:
    """`dvc init` at the top of a git repository or in a folder of it, without usage reports; the files to commit.

    DVC adds them to git's index; the commit is the caller's. Nothing happens, and nothing is returned, where DVC is
    set up already. MlspecError when `root` is not the top of a git repository, but for `subdir`.
    """
    if (root / ".dvc").is_dir():
        return ()
    with quiet() as notes, translated(notes.lines):
        repo = Repo.init(str(root), subdir=subdir)
        with repo.config.edit("repo") as config:
            config["core"].update(analytics=False, autostage=False)
        repo.close()
    with (root / ".dvcignore").open("a", encoding="utf-8") as stream:
        stream.write(_IGNORED)
    return _FILES
