"""Stages of several models at a time: each runs in a process of its own, as DVC works on one thing per process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import RLock, local
from typing import Any, Final
from weakref import finalize

from mlspec.adapters.dvc.command import die_with_parent
from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.domain.record import ArtefactFile
from mlspec.errors import LockHeld, MlspecError, StageFailed
from mlspec.ports.pipeline import UNLIMITED, Limits, StageRun

_GRACE: Final = 15.0
"""seconds for a child to end its command, which itself gets some"""


class ParallelPipeline:
    """See the Pipeline port; safe to be called from several threads.

    Each thread has a child of its own, as importing DVC takes longer than many a stage. The child dies with its thread
    (the kernel signals the death of the thread that forked), so that no thread may use another's.
    """

    def __init__(self, root: Path | str) -> None:
        self._root = str(root)
        self._one = DvcPipeline(root)
        self._lock = RLock()
        self._mine = local()
        self._children: list[subprocess.Popen[str]] = []
        self._stopped = False
        finalize(self, _end_all, self._children)

    def run(self, file: str, stage: str, *, force: bool, log: str, limits: Limits = UNLIMITED) -> StageRun:
        """Run a stage in a child; its errors are the same as in process."""
        asked = {"root": self._root, "file": file, "stage": stage, "force": force, "log": log}
        child = self._child()
        out = _ask(child, json.dumps(asked | {"limits": asdict(limits)}))
        if self._stopped:
            raise MlspecError(f"stage {stage} was interrupted")
        return _answer(out, child)

    def stop(self) -> None:
        """A child ends its command's process group on an interrupt, and then itself."""
        with self._lock:
            self._stopped = True
            running = [child for child in self._children if child.poll() is None]
        for child in running:
            child.send_signal(signal.SIGINT)
        for child in running:
            _wait(child)

    def _child(self) -> subprocess.Popen[str]:
        """This thread's child; another where it has none, or where that was killed."""
        with self._lock:
            if self._stopped:
                raise MlspecError("interrupted before it began")
            child: subprocess.Popen[str] | None = getattr(self._mine, "child", None)
            if child is None or child.poll() is not None:
                child = self._mine.child = _start()
                self._children.append(child)
            return child

    def outputs(self, path: str) -> tuple[ArtefactFile, ...]:
        """See the port."""
        return self._one.outputs(path)

    def materialise(self, files: Sequence[ArtefactFile], into: str) -> None:
        """See the port."""
        with self._lock:
            self._one.materialise(files, into)

    def deliver(self, objects: Mapping[str, str], into: str) -> None:
        """See the port."""
        with self._lock:
            self._one.deliver(objects, into)

    def push(self, file: str) -> int:
        """See the port."""
        with self._lock:
            return self._one.push(file)

    def missing(self, paths: Sequence[str]) -> Sequence[str]:
        """See the port."""
        return self._one.missing(paths)

    def modified(self, paths: Sequence[str]) -> Sequence[str]:
        """See the port."""
        with self._lock:
            return self._one.modified(paths)

    def restore(self, paths: Sequence[str]) -> Sequence[str]:
        """See the port."""
        with self._lock:
            return self._one.restore(paths)

    def adopt(self, new: str, path: str) -> None:
        """See the port."""
        with self._lock:
            self._one.adopt(new, path)

    def checkout(self, file: str) -> None:
        """See the port."""
        with self._lock:
            self._one.checkout(file)

    def repair(self, locks: Mapping[str, bytes | None]) -> Sequence[str]:
        """See the port."""
        with self._lock:
            return self._one.repair(locks)


def _start() -> subprocess.Popen[str]:
    """A child in a group of its own: what a terminal sends is for us to pass on."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "mlspec.adapters.dvc.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, safe beside threads too
    )


def _ask(child: subprocess.Popen[str], request: str) -> str:
    """Its answer; empty where it is dead or dies."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):
        child.stdin.write(request + "\n")
        child.stdin.flush()
    return child.stdout.readline()


def _end_all(children: Sequence[subprocess.Popen[str]]) -> None:
    """Without requests to come a child ends by itself."""
    for child in children:
        with suppress(BrokenPipeError), child:
            pass


def _wait(child: subprocess.Popen[str]) -> None:
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _answer(out: str, child: subprocess.Popen[str]) -> StageRun:
    """What the child says; without a word it was killed."""
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError:
        _wait(child)
        raise MlspecError(f"the process that ran the stage ended with {child.returncode} and said nothing") from None
    if "run" in answer:
        return StageRun(**answer["run"])
    error = answer["error"]
    kinds = {"StageFailed": StageFailed, "LockHeld": LockHeld}
    extra = {"status": error["status"]} if error["kind"] == "StageFailed" else {}
    extra["where"] = error["where"]
    kind: Any = kinds.get(error["kind"], MlspecError)
    raise kind(error["message"], hint=error["hint"], details=tuple(error["details"]), **extra)


def serve(request: Mapping[str, Any], pipeline: DvcPipeline) -> dict[str, Any]:
    """The child's side: run, and say how it went."""
    try:
        options = {"force": request["force"], "log": request["log"], "limits": Limits(**request["limits"])}
        run = pipeline.run(request["file"], request["stage"], **options)
    except MlspecError as error:
        status = getattr(error, "status", 0)
        said = {"kind": type(error).__name__, "message": error.message, "hint": error.hint, "where": error.where}
        return {"error": {**said, "status": status, "details": list(error.details)}}
    return {"run": {"stage": run.stage, "ran": run.ran, "seconds": run.seconds}}
