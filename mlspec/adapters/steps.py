"""Steps outside of a pipeline run: scoring another version's model, and looking at the installed packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from mlspec.errors import StageFailed


class LocalSteps:
    """Runs steps by the Python that runs mlspec, at the repository's top."""

    def __init__(self, root: str) -> None:
        self._root = root

    def score(self, params: str, model: str, environ: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """See Steps; StageFailed with its last lines when scoring fails."""
        why = "the version to compare with could not be scored on the new test data"
        told = why, "take the gate out, or make its version readable again"
        return self._ask("score", params, model, told, environ or {})

    def gauge(
        self, step: str, params: str, model: str, environ: Mapping[str, str] | None = None
    ) -> Mapping[str, float]:
        """See Steps; StageFailed with its last lines where nothing can be measured."""
        told = f"the step `{step}`, which a gate asks for, failed", "mend what it says, or take the gate out"
        return self._ask(step, params, model, told, environ or {})

    def _ask(
        self, step: str, params: str, model: str, failed: tuple[str, str], environ: Mapping[str, str]
    ) -> Mapping[str, Any]:
        python = f"{environ['PATH']}/python" if environ else sys.executable
        argv = [python, "-m", "mlspec.steps", step, params, "--model", model]
        done = subprocess.run(
            argv,
            cwd=self._root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={
                **step_environment(os.environ, environ),
                "PYTHONHASHSEED": "0",
                "MLSPEC_SERVER": sys.executable,
                "MLSPEC_STARTED": str(time.time()),
            },
            check=False,
        )
        if done.returncode:
            lines = tuple(done.stderr.strip().splitlines()[-20:])
            raise StageFailed(failed[0], status=done.returncode, hint=failed[1], details=lines)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def measure(self, asked: Mapping[str, Any]) -> Mapping[str, float | None]:
        """See Steps; StageFailed with its last lines where the labels are not what a metric takes."""
        argv = [sys.executable, "-P", "-m", "mlspec.steps.labelled"]
        done = subprocess.run(
            argv, cwd=self._root, capture_output=True, text=True, input=json.dumps(asked), check=False
        )
        if done.returncode:
            lines = tuple(done.stderr.strip().splitlines()[-5:])
            raise StageFailed("late labels could not be measured", status=done.returncode, details=lines)
        found: dict[str, float | None] = json.loads(done.stdout)
        return found

    def installed(self) -> Mapping[str, str]:
        """See Steps. A local part (`2.1.0+cpu`) is left out: other places have the same release under another one."""
        found = ((item.name, item.version) for item in metadata.distributions())
        return {_normal(name): version.partition("+")[0] for name, version in found if name and version}

    def mismatches(self, python: str, packages: Mapping[str, str]) -> tuple[str, ...]:
        """See Steps. Pins with a marker that is not for this Python are passed over where the package is missing."""
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        wrong = [f"Python {python} is wanted, {here} is here"] if python not in {"", here} else []
        for name, pins in packages.items():
            wanted = {pin.partition(" ")[0] for pin in pins.split(" | ")}
            installed = _installed(name)
            if installed not in wanted and not (installed is None and ";" in pins):
                wrong.append(f"{name} {' or '.join(sorted(wanted))} is wanted, {installed or 'none'} is here")
        return tuple(wrong)

    def devices(self) -> int:
        """See Steps: NVIDIA's and AMD's, as far as the usual variables let a program see them."""
        return count_devices(Path("/dev"), os.environ)


def step_environment(base: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Variables for a program of an environment; its programs, else those beside our own Python, are found first."""
    first = environ.get("PATH") or str(Path(sys.executable).parent)
    return {**base, **environ, "PATH": os.pathsep.join((first, base.get("PATH", os.defpath)))}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def count_devices(dev: Path, environ: Mapping[str, str]) -> int:
    """Device files of NVIDIA's driver, or else AMD's; a variable that lists fewer is believed."""
    for pattern, variable in (("nvidia[0-9]*", "CUDA_VISIBLE_DEVICES"), ("dri/renderD*", "HIP_VISIBLE_DEVICES")):
        found = len(list(dev.glob(pattern))) if variable[0] == "C" or (dev / "kfd").exists() else 0
        if found:
            return min(found, _listed(environ[variable])) if variable in environ else found
    return 0


def _listed(value: str) -> int:
    """`0,1` are two devices; CUDA stops at the first that it does not know, and -1 is how people say none."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    return names.index("-1") if "-1" in names else len(names)
