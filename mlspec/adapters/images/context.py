"""A build context, packed: the same bytes for the same files, whoever packs them, wherever and whenever."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Final

from docker.utils.build import PatternMatcher

import mlspec
from mlspec.errors import MlspecError

IGNORE: Final = ".dockerignore"
OURS: Final = ("server", "model")
"""The folders that the builder adds. `.dockerignore` does not reach them: an image without them serves nothing."""

Content = bytes | Path


def pack(files: Mapping[str, bytes], bundle: Path) -> IO[bytes]:
    """A tar of the files that `.dockerignore` leaves, mlspec's server and the model; MlspecError where names clash."""
    members: dict[str, Content] = {**_wanted(files), **_server(), **_model(bundle)}
    folders = _folders(members)
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    with tarfile.open(fileobj=spool, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted({*members, *folders}):
            _add(tar, path, members.get(path))
    spool.seek(0)
    return spool


def _wanted(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Checked names, less what `.dockerignore` names; the engine applies that file to itself and the Dockerfile only.

    Only files of the order count as there: nothing is ever read from the folder that they came from.
    """
    for path in files:
        _check(path)
    patterns = [line.strip() for line in files.get(IGNORE, b"").decode("utf-8", "replace").splitlines()]
    matcher = PatternMatcher([line for line in patterns if line and not line.startswith("#")] + ["!Dockerfile"])
    # str is what it takes; types-docker asks for a PathLike
    return {path: content for path, content in files.items() if not matcher.matches(path)}  # type: ignore[arg-type]


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or "/".join(parts) != path or path.startswith("/") or ".." in parts:
        raise MlspecError(f"`{path}` can't be put into a build context", hint="a path below the context, such as app/x")
    if parts[0] in OURS:
        raise MlspecError(
            f"`{path}` is in the way of mlspec's own folder `{parts[0]}/` in the build context",
            hint="call the folder otherwise",
        )


def _server() -> dict[str, Content]:
    """The server's sources: the package's first module and `serving/`, which imports nothing else of mlspec."""
    package = Path(mlspec.__file__).parent
    sources = [package / "__init__.py", *(package / "serving").rglob("*.py")]
    return {f"server/mlspec/{path.relative_to(package).as_posix()}": path for path in sources}


def _model(bundle: Path) -> dict[str, Content]:
    found: dict[str, Content] = {
        f"model/{path.relative_to(bundle).as_posix()}": path for path in bundle.rglob("*") if path.is_file()
    }
    if not found:
        raise MlspecError(f"no model files in {bundle}")
    return found


def _folders(members: Mapping[str, Content]) -> set[str]:
    """All folders above the members; MlspecError where one is a file, too."""
    folders = {str(parent) for path in members for parent in PurePosixPath(path).parents} - {"."}
    if clash := sorted(folders & members.keys()):
        raise MlspecError(f"`{clash[0]}` is a file and a folder in the build context", hint="rename one of them")
    return folders


def _add(tar: tarfile.TarFile, path: str, content: Content | None) -> None:
    """Everything that differs between machines is left at its default: time 0, owner 0, no names."""
    info = tarfile.TarInfo(path)
    if content is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(info)
        return
    info.mode = 0o644
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        info.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        tar.addfile(info, file)
