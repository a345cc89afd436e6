"""`mlspec init`: a project that works, in one commit."""

from __future__ import annotations

from pathlib import Path

from mlspec.adapters.dvc.setup import init as init_dvc
from mlspec.adapters.files import write_atomically
from mlspec.adapters.git.setup import commit_first, init_repository, is_repository
from mlspec.cli.console import console
from mlspec.cli.examples import EXAMPLES, example_files
from mlspec.cli.wiring import sanitised
from mlspec.compiler.files import model_files, project_files
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.spec.load import load

_GROWING = {
    ".gitignore": b"# mlspec's own: hints, logs; safe to delete\n/.mlspec/\n__pycache__/\n",
    ".gitattributes": b"# what `mlspec compile` writes keeps its line ends, and is folded in reviews\n"
    b"/.github/workflows/mlspec-*.yml text eol=lf linguist-generated=true\n"
    b"/models/** text=auto eol=lf linguist-generated=true\n",
}
"""Files of git's that a repository may have already: ours are lines at their end."""
_PROJECT = """\
apiVersion: mlspec/v1
kind: Project
name: {name}
environments:
  production: {{target: process}}   # a supervised server on this machine
"""


def run(*, directory: Path, example: str) -> int:
    """Write the files of a new project, never over existing ones, and commit them."""
    if example and example not in EXAMPLES:
        raise MlspecError(f"there is no example `{example}`", hint=f"there are: {', '.join(EXAMPLES)}")
    root = directory.resolve()
    if is_repository(root if root.is_dir() else root.parent) and not (root / ".git").exists():
        raise MlspecError(f"{directory} lies inside another git repository", hint="start at its top, or elsewhere")
    files = _files(root, example)
    _refuse_overwriting(root, files)
    root.mkdir(parents=True, exist_ok=True)
    if not (root / ".git").exists():
        init_repository(root)
    for path, content in files.items():
        write_atomically(path, content, root)
    commit_first(root, [*files, *init_dvc(root)], f"mlspec init{' --example ' + example if example else ''}")
    _welcome(directory, example)
    return EXIT_DONE


def _files(root: Path, example: str) -> dict[str, bytes]:
    """Everything that goes into the first commit, compiled files included, so that the first plan is to train."""
    project = {"specs/project.yaml": _PROJECT.format(name=sanitised(root.name)).encode()}
    given = example_files(example) if example else {}
    loaded = load({path: data for path, data in (project | given).items() if path.startswith("specs/")}).sound()
    compiled: dict[str, bytes] = {}
    for model in loaded.models:
        compiled |= model_files(model.spec, loaded.project, model.path)
    compiled |= project_files(loaded.project, [model.spec.name for model in loaded.models])
    grown = {name: content for name, lines in _GROWING.items() if (content := _grown(root / name, lines)) is not None}
    return grown | project | given | compiled


def _grown(path: Path, lines: bytes) -> bytes | None:
    """Our lines below those that a file has already; nothing where they are all there."""
    before = path.read_bytes() if path.is_file() else b""
    known = set(before.splitlines())
    if all(line in known for line in lines.splitlines() if not line.startswith(b"#")):
        return None
    return before + (b"" if not before or before.endswith(b"\n") else b"\n") + lines


def _refuse_overwriting(root: Path, files: dict[str, bytes]) -> None:
    """MlspecError for files that are there; git's own only grow, but are not written through a link."""
    there = {path for path in files if (root / path).exists() or (root / path).is_symlink()}
    taken = sorted(path for path in there if path not in _GROWING or (root / path).is_symlink())
    if taken:
        hint = "init never overwrites: move them away, or start in another folder"
        raise MlspecError("these files exist already", hint=hint, details=tuple(taken))


def _welcome(directory: Path, example: str) -> None:
    console.out(f"A project in {directory}: git, DVC and specs/, in one commit.")
    if str(directory) != ".":
        console.out(f"  cd {directory}")
    if example:
        console.out("  mlspec plan     # what would be done, and why\n  mlspec apply    # do it")
    else:
        console.out("  write specs/<model>.yaml (mlspec schema Model says what goes in), then: mlspec plan")
