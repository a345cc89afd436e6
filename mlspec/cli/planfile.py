"""Saved plans: what was shown is what is applied, or it is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mlspec.cli.session import write_document
from mlspec.domain.plan import Plan, plan_from_json
from mlspec.errors import MlspecError

_MODEL: Final = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
_MARK: Final = b'"mlspec-plan"'


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan and the selection that it was made for."""

    plan: Plan
    models: tuple[str, ...]
    environment: str


def save(plan: Plan, file: str, models: Sequence[str], environment: str) -> None:
    """Write a plan for `apply`."""
    document = {"mlspec-plan": 1, "models": list(models), "environment": environment, "plan": plan.to_json()}
    write_document(json.dumps(document, indent=2, ensure_ascii=False), file)


def is_saved_plan(word: str) -> bool:
    """Whether an argument of `apply` names a file rather than a model.

    A file that happens to be named as a model is one only where it holds a plan.
    """
    path = Path(word)
    if not path.is_file():
        return "." in word or "/" in word  # no model is called so: a file that is not there
    return not _MODEL.fullmatch(word) or _MARK in path.read_bytes()


def read(file: str) -> SavedPlan:
    """A saved plan; MlspecError where the file is something else."""
    try:
        document = json.loads(Path(file).read_bytes())
        return _saved(document)
    except OSError as error:
        raise MlspecError(f"can't read {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise MlspecError(f"{file} is no plan of this mlspec", hint="mlspec plan --out FILE makes one") from error


def _saved(document: dict[str, Any]) -> SavedPlan:
    if document["mlspec-plan"] != 1:
        raise ValueError("a plan of another format")
    return SavedPlan(plan_from_json(document["plan"]), tuple(document["models"]), document["environment"])


def refuse_stale(saved: Plan, now: Plan) -> None:
    """MlspecError where the world is not what it was when the plan was made."""
    if (saved.revision, saved.base, saved.actions) == (now.revision, now.base, now.actions):
        return
    if saved.revision != now.revision:
        why = f"it was made at {saved.revision[:12]}, and HEAD is {now.revision[:12]}"
    elif saved.base != now.base:
        why = "versions or deployments have changed since"
    else:
        why = "specs or files have changed since"
    raise MlspecError("the saved plan is stale", hint="mlspec plan again", details=(why,))
