"""What this machine lacks for a source: environment variables, and packages that are extras."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from mlspec.errors import MlspecError
from mlspec.ports.sources import Lack


def without_variable(name: str | None) -> Iterator[Lack]:
    """A variable that has to be set."""
    if name and not os.environ.get(name):
        yield Lack(f"the environment variable {name} is not set", f"export {name}=…; in CI it is a secret")


def without_package(module: str, extra: str) -> Iterator[Lack]:
    """A package that one of mlspec's extras brings."""
    if find_spec(module) is None:
        yield Lack(f"the package {module} is not installed", f"pip install 'mlspec[{extra}]'")


def secret(name: str) -> str:
    """A variable's value; MlspecError where it is not set."""
    for lack in without_variable(name):
        raise MlspecError(lack.what, hint=lack.hint)
    return os.environ[name]
