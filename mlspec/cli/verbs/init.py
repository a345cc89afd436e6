"""`mlspec init`: a project that works, in one commit."""

from __future__ import annotations

import json
import os
from pathlib import Path

from mlspec.adapters.dvc.setup import init as init_dvc
from mlspec.adapters.git.locate import find_top
from mlspec.adapters.git.setup import commit_first, init_repository, is_repository, own_branch
from mlspec.adapters.workfiles import WorkFiles
from mlspec.cli.console import console
from mlspec.cli.examples import CONTAINED, EXAMPLES, example_files
from mlspec.cli.wiring import sanitised
from mlspec.compiler.files import model_files, project_files
from mlspec.domain.folder import Folder
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.spec.load import load

_WORKFLOWS = b"/.github/workflows/mlspec-*.yml text eol=lf linguist-generated=true\n"
_GROWING = {
    ".gitignore": b"# mlspec's own: hints, logs; safe to delete\n/.mlspec/\n__pycache__/\n",
    ".gitattributes": b"# what `mlspec compile` writes keeps its line ends, and is folded in reviews\n"
    + _WORKFLOWS
    + b"/models/** text=auto eol=lf linguist-generated=true\n",
}
"""Files of git's that a repository may have already: ours are lines at their end."""
_PROJECT = """\
apiVersion: mlspec/v1
kind: Project
name: {name}
environments:
  production: {{target: {target}}}   # {meaning}
"""
_MEANING = {"process": "a supervised server on this machine", "docker": "containers of the engine of this machine"}


def run(*, directory: Path, example: str) -> int:
    """Write the files of a new project, never over existing ones, and commit them."""
    if example and example not in EXAMPLES:
        raise MlspecError(f"there is no example `{example}`", hint=f"there are: {', '.join(EXAMPLES)}")
    root = directory.resolve()
    folder = _folder(root)
    files = _files(root, folder, example)
    _refuse_overwriting(root, files)
    root.mkdir(parents=True, exist_ok=True)
    if not (root / ".git").exists() and not folder.name:
        init_repository(root)
    there = WorkFiles(str(root), folder)
    for path, content in files.items():
        there.write(path, content)
    added = init_dvc(root, subdir=bool(folder.name))
    commit_first(root, [*files, *added], _message(folder, example))
    _welcome(directory, folder, example)
    return EXIT_DONE


def _folder(root: Path) -> Folder:
    """Where the project will lie in a repository that is there already; at the top of one of its own otherwise."""
    near = _near(root)
    if (root / ".git").exists() or not is_repository(near):
        return Folder()
    found = root.relative_to(find_top(near)).as_posix()
    return Folder("" if found == "." else found)


def _near(root: Path) -> Path:
    return next(path for path in (root, *root.parents) if path.is_dir())


def _branch(root: Path) -> str:
    """What workflows have to be told of a repository that is there already; `main` they know."""
    near = _near(root)
    branch = own_branch(near) if is_repository(near) else "main"
    return "" if branch == "main" else f"ci: {{branch: {json.dumps(branch)}}}\n"


def _message(folder: Folder, example: str) -> str:
    return f"mlspec init{' --example ' + example if example else ''}{' ' + folder.name if folder.name else ''}"


def _files(root: Path, folder: Folder, example: str) -> dict[str, bytes]:
    """Everything that goes into the first commit, compiled files included, so that the first plan is to train."""
    target = "docker" if example in CONTAINED else "process"
    text = _PROJECT.format(name=sanitised(root.name), target=target, meaning=_MEANING[target]) + _branch(root)
    project = {"specs/project.yaml": text.encode()}
    given = example_files(example) if example else {}
    specs = {path: data for path, data in (project | given).items() if path.startswith("specs/")}
    loaded = load(specs, folder=folder.name).sound()
    compiled: dict[str, bytes] = {}
    for model in loaded.models:
        compiled |= model_files(model.spec, loaded.project, model.path)
    compiled |= project_files(loaded.project, [model.spec.name for model in loaded.models])
    # Of workflows only a file at git's top can speak, and that one is not the project's.
    lines = {name: text.replace(_WORKFLOWS, b"") if folder.name else text for name, text in _GROWING.items()}
    grown = {name: content for name, text in lines.items() if (content := _grown(root / name, text)) is not None}
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
    # Of `../x` the ways up are taken back by hand: the folder itself may not be there yet.
    places = {path: Path(os.path.normpath(root / path)) for path in files}
    there = {path for path, place in places.items() if place.exists() or place.is_symlink()}
    taken = sorted(path for path in there if path not in _GROWING or places[path].is_symlink())
    if taken:
        hint = "init never overwrites: move them away, or start in another folder"
        raise MlspecError("these files exist already", hint=hint, details=tuple(taken))


def _welcome(directory: Path, folder: Folder, example: str) -> None:
    what = f"the folder {folder.name} of this repository" if folder.name else f"{directory}: git"
    console.out(f"A project in {what}, DVC and specs/, in one commit.")
    if str(directory) != ".":
        console.out(f"  cd {directory}")
    if example:
        console.out("  mlspec plan     # what would be done, and why\n  mlspec apply    # do it")
    else:
        console.out("  write specs/<model>.yaml (mlspec schema Model says what goes in), then: mlspec plan")
