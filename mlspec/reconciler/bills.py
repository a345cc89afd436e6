"""Bills of materials: what is in the images of registered versions, as the chains have them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mlspec.domain.digest import short
from mlspec.domain.version import Version
from mlspec.errors import MlspecError
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader
from mlspec.reconciler.chains import BOMS, PROJECT, files_of, images, read_chain


def read_bill(git: GitReader, cache: Cache, model: str, version: str = "") -> str:
    """The bill of the image that was built last of a version, or of the newest one that has an image.

    MlspecError where no image was built of it.
    """
    bills = _bills(git, model)
    wanted = Version.parse(version) if version else max((found for found, _ in bills), default=None)
    mine = {serve: blob for (found, serve), blob in bills.items() if found == wanted}
    if not mine:
        raise _no_image(model, version, sorted({found for found, _ in bills}))
    facts = read_chain(git, cache, PROJECT).get(model, {})
    built = [short(serve) for serve in images(facts) if short(serve) in mine]
    blob = mine[built[-1] if built else min(mine)]
    return git.read([blob])[blob].decode()


def _bills(git: GitReader, model: str) -> dict[tuple[Version, str], str]:
    """(version, beginning of the serve digest) → blob."""
    found = {}
    for path, blob in files_of(git, BOMS).items():
        folder, _, name = path.rpartition("/")
        version, _, serve = name.removesuffix(".cdx.json").rpartition("-")
        with suppress(ValueError):  # what is not ours is passed over
            if folder == model and name.endswith(".cdx.json"):
                found[Version.parse(version), serve] = blob
    return found


def _no_image(model: str, version: str, others: Sequence[Version]) -> MlspecError:
    name = f"{model} {version}".strip()
    known = f"there are images of {', '.join(map(str, others))}; " if others else ""
    hint = f"{known}mlspec apply builds one for an environment whose target is docker or swarm"
    return MlspecError(f"no image of {name} was built, so nothing is known of what is in it", hint=hint)
