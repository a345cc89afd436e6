"""A pipeline engine without DVC: real files and commands, but cache, remote and locks in plain Python."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mlspec.domain.record import ArtefactFile
from mlspec.errors import IntegrityError, MlspecError, StageFailed
from mlspec.ports.pipeline import UNLIMITED, Limits, StageRun

Act = Callable[[Path, str, str], tuple[int, str]]
"""(root, stage's address, command) → exit code and output"""


def run_in_shell(root: Path, address: str, command: str) -> tuple[int, str]:
    """What the fake does with a command unless told otherwise."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


class FakePipeline:
    """`ran` lists the commands' addresses (`file:stage`); `cache` and `remote` (None: no remote) are MD5 → bytes."""

    def __init__(self, root: Path, act: Act = run_in_shell, *, remote: bool = False) -> None:
        self.root = root
        self.act = act
        self.ran: list[str] = []
        self.limits: dict[str, Limits] = {}
        self.cache: dict[str, bytes] = {}
        self.remote: dict[str, bytes] | None = {} if remote else None
        self.repaired: list[str] = []

    def run(self, file: str, stage: str, *, force: bool, log: str, limits: Limits = UNLIMITED) -> StageRun:
        self.limits[f"{file}:{stage}"] = limits
        start, address, definition = time.monotonic(), f"{file}:{stage}", self._stages(file)[stage]
        for path in definition.get("deps", []):
            if not (self.root / path).exists():
                raise MlspecError(f"{path}, which stage {stage} needs, does not exist", hint="dvc pull", where=file)
        ran = force or self._lock(file).get(stage) != self._state(definition)
        if ran:
            self._execute(address, definition, self.root / log)
            self._write_lock(file, {**self._lock(file), stage: self._state(definition)})
        return StageRun(stage=stage, ran=ran, seconds=time.monotonic() - start)

    def outputs(self, path: str) -> tuple[ArtefactFile, ...]:
        place = self.root / path
        if not place.exists():
            raise MlspecError("this output does not exist", where=path)
        names = [place.name] if place.is_file() else sorted(_below(place))
        return tuple(_describe((place.parent if place.is_file() else place) / name, name) for name in names)

    def materialise(self, files: Sequence[ArtefactFile], into: str) -> None:
        content = {file.path: self._get(file) for file in files}
        for file in files:
            found = hashlib.sha256(content[file.path]).hexdigest()
            if found != file.sha256:
                raise IntegrityError(f"{file.path} is not the file that was registered", details=(file.sha256, found))
        folder = self.root / into
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in content.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    def deliver(self, objects: Mapping[str, str], into: str) -> None:
        for path, md5 in objects.items():
            data = self._get(ArtefactFile(path, md5, 0, ""))
            if hashlib.md5(data).hexdigest() != md5:
                raise IntegrityError(f"{path} is not what its pointer names", details=(md5, "other"))
            (Path(into) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(into) / path).write_bytes(data)

    def push(self, file: str) -> int:
        wanted = {md5 for stage in self._lock(file).values() for md5 in stage["outs"].values()}
        for md5 in wanted & self.cache.keys():
            if hashlib.md5(self.cache[md5]).hexdigest() != md5:
                raise IntegrityError("a file in the cache was changed", where=md5)
        if self.remote is None:
            return 0
        new = {md5: self.cache[md5] for md5 in wanted if md5 not in self.remote}
        self.remote.update(new)
        return len(new)

    def missing(self, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in paths if self._pointer(path).is_file() and not (self.root / path).exists()]

    def modified(self, paths: Sequence[str]) -> Sequence[str]:
        present = [path for path in paths if self._pointer(path).is_file() and (self.root / path).exists()]
        return [path for path in present if self._pointed(path) != {item.path: item.md5 for item in self.outputs(path)}]

    def restore(self, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in self.missing(paths) if not self._restore(path)]

    def adopt(self, new: str, path: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / new).replace(self.root / path)
        self.track(path)

    def stop(self) -> None:
        """Stages run in the caller's thread."""

    def checkout(self, file: str) -> None:
        locked = self._lock(file) if (self.root / file).is_file() else {}
        for name, state in locked.items():
            for path in (path for path, cached in _outs(self._stages(file)[name]).items() if cached):
                self._put_back(path, {key: md5 for key, md5 in state["outs"].items() if key.startswith(f"{path}/")})

    def repair(self, locks: Mapping[str, bytes | None]) -> Sequence[str]:
        rwlock = self.root / ".dvc/tmp/rwlock"
        mended = []
        if rwlock.is_file() and not rwlock.read_bytes():
            rwlock.unlink()
            mended.append(".dvc/tmp/rwlock")
        for path, committed in locks.items():
            place = self.root / path
            if place.is_file() and not place.read_bytes():
                place.unlink()
                if committed is not None:
                    place.write_bytes(committed)
                mended.append(path)
        self.repaired.extend(mended)
        return mended

    def track(self, path: str) -> None:
        """What `dvc add` does: remember the file, and write `x.dvc` beside it."""
        place = self.root / path
        files = {file.path: file.md5 for file in self.outputs(path)}
        for name, md5 in files.items():
            self.cache[md5] = (place if place.is_file() else place / name).read_bytes()
        outs = [{"md5": next(iter(files.values()))}] if place.is_file() else []
        self._pointer(path).write_text(json.dumps({"outs": outs, "folder": place.is_dir(), "files": files}))

    def _execute(self, address: str, definition: Mapping[str, Any], log: Path) -> None:
        for path in _outs(definition):
            place = self.root / path
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        status, output = self.act(self.root, address, definition["cmd"])
        self.ran.append(address)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(output)
        if status:
            raise StageFailed(f"stage {address} failed", status=status, details=tuple(output.splitlines()[-20:]))
        for path, cached in _outs(definition).items():
            if not (self.root / path).exists():
                raise StageFailed(f"output {path} does not exist", status=0)
            if cached:
                self._keep(path)

    def _keep(self, path: str) -> None:
        place = self.root / path
        for file in self.outputs(path):
            self.cache[file.md5] = (place if place.is_file() else place / file.path).read_bytes()

    def _state(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        deps = {
            f"{path}/{item}": md5 for path in definition.get("deps", []) for item, md5 in self._hashes(path).items()
        }
        params = {
            f"{name}:{key}": (_load((self.root / name).read_text()) or {}).get(key)
            for entry in definition.get("params", [])
            for name, keys in entry.items()
            for key in keys
        }
        kept = [path for path, cached in _outs(definition).items() if cached]
        outs = {f"{path}/{item}": md5 for path in kept for item, md5 in self._hashes(path).items()}
        return {"cmd": definition["cmd"], "deps": deps, "params": params, "outs": outs}

    def _hashes(self, path: str) -> dict[str, str]:
        return {file.path: file.md5 for file in self.outputs(path)} if (self.root / path).exists() else {}

    def _put_back(self, path: str, files: Mapping[str, str]) -> None:
        if {f"{path}/{item}": md5 for item, md5 in self._hashes(path).items()} == files:
            return
        place = self.root / path
        if list(files) == [f"{path}/{place.name}"] and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.cache[files[f"{path}/{place.name}"]])
            return
        shutil.rmtree(place, ignore_errors=True)
        for name, md5 in files.items() if all(md5 in self.cache for md5 in files.values()) else ():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(self.cache[md5])

    def _get(self, file: ArtefactFile) -> bytes:
        data = self.cache.get(file.md5, (self.remote or {}).get(file.md5))
        if data is None:
            raise MlspecError(f"{file.path} is in neither the cache nor the remote")
        return data

    def _restore(self, path: str) -> bool:
        pointer = json.loads(self._pointer(path).read_text())
        stored = self.cache | (self.remote or {})
        if not all(md5 in stored for md5 in pointer["files"].values()):
            return False
        for name, md5 in pointer["files"].items():
            place = self.root / path / name if pointer["folder"] else self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(stored[md5])
        return True

    def _pointed(self, path: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._pointer(path).read_text())["files"]
        return found

    def _pointer(self, path: str) -> Path:
        return self.root / f"{path}.dvc"

    def _stages(self, file: str) -> dict[str, Any]:
        stages: dict[str, Any] = _load((self.root / file).read_text())["stages"]
        return stages

    def _lock(self, file: str) -> dict[str, Any]:
        place = (self.root / file).with_suffix(".lock")
        return _load(place.read_text()) or {} if place.is_file() else {}

    def _write_lock(self, file: str, content: Mapping[str, Any]) -> None:
        (self.root / file).with_suffix(".lock").write_text(yaml.safe_dump(dict(content), sort_keys=True))


def _load(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def _outs(definition: Mapping[str, Any]) -> dict[str, bool]:
    """Path → whether the cache keeps it."""
    entries = [*definition.get("outs", []), *definition.get("metrics", [])]
    pairs = [(entry, {}) if isinstance(entry, str) else next(iter(entry.items())) for entry in entries]
    return {path: options.get("cache", True) for path, options in pairs}


def _below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _describe(path: Path, name: str) -> ArtefactFile:
    data = path.read_bytes()
    md5, sha256 = hashlib.md5(data).hexdigest(), hashlib.sha256(data).hexdigest()
    return ArtefactFile(path=name, md5=md5, size=len(data), sha256=sha256)
