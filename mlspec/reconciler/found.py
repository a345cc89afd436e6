"""Generated files as they are found: edited by hand, pinned anew, left over."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.compiler.header import verdict
from mlspec.domain.desired import Bundle
from mlspec.domain.shared import SHARED
from mlspec.ports.tree import Tree
from mlspec.reconciler.ports import Ports


def with_newer_pins(ports: Ports, bundle: Bundle, blobs: Mapping[str, str]) -> Mapping[str, str]:
    """The tree, with the project's files as compiled where an update bot changed nothing in them but pins.

    `compile` takes those into the spec when it runs next; until then nothing is to be done, and nothing put back.
    """
    wanted = bundle.project.generated
    contents = (ports.files.read(path) for path, blob in wanted.items() if blobs.get(path, blob) != blob)
    changed = any(data is not None and verdict(data, b"") == "hand-edited" for data in contents)
    return {**blobs, **wanted} if changed and ports.specs.newer_pins(blobs, list(wanted)) else blobs


def edited(ports: Ports, bundle: Bundle, blobs: Mapping[str, str]) -> list[str]:
    """Generated files that are neither current nor provably ours and unchanged."""
    wanted = dict(bundle.project.generated)
    for item in bundle.blueprints:
        wanted |= item.generated
    stale = [path for path, blob in wanted.items() if blobs.get(path, blob) != blob]
    contents = ((path, ports.files.read(path)) for path in stale)
    return [path for path, data in contents if data is not None and verdict(data, b"") != "stale"]


def orphans(ports: Ports, bundle: Bundle, tree: Tree) -> list[str]:
    """Generated files that no spec asks for any more: only where the header proves that they are ours.

    A model's .gitignore stays with what its stages made, so that `git add .` takes no model files in.
    """
    folder = bundle.project.models
    used = {item.folder for item in bundle.blueprints}
    used |= {item.shared.folder for item in bundle.blueprints if item.shared}
    below = ((path, path.rpartition("/")[0], path.rpartition("/")[2]) for path in tree.below(folder))
    candidates = [
        path for path, home, name in below if _is_ours(home, folder) and home not in used and name != ".gitignore"
    ]
    candidates += [path for path in bundle.project.withdrawn if tree.blob(path)]
    contents = ((path, ports.files.read(path)) for path in candidates)
    return [path for path, data in contents if data is not None and verdict(data, b"") == "stale"]


def _is_ours(home: str, folder: str) -> bool:
    """Whether a folder is a model's, or that of shared features."""
    parts = home[len(folder) + 1 :].split("/") if home.startswith(f"{folder}/") else []
    return len(parts) == 1 or (len(parts) == 2 and parts[0] == SHARED)
