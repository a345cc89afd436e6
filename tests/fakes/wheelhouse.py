"""Wheels for environments that tests build without a network: what is installed here, under its own versions.

A thin wheel has a distribution's name and version, and leads to what is installed here by a `.pth` file: an environment
of such wheels is built at once. A whole wheel has its files.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sysconfig
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from mlspec.domain.needs import STEPS


def thin(folder: Path, names: Iterable[str] = STEPS) -> Path:
    """Thin wheels of distributions; the folder."""
    for name in names:
        own_wheel(folder, name, metadata.version(name), {f"{name}.pth": f"{sysconfig.get_path('purelib')}\n"})
    return folder


def own_wheel(folder: Path, name: str, version: str, files: Mapping[str, str], requires: Iterable[str] = ()) -> None:
    """A wheel of nothing but these files."""
    asked = "".join(f"Requires-Dist: {item}\n" for item in requires)
    content = {path: text.encode() for path, text in files.items()}
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{asked}"
    _write(folder, (name, version, "py3-none-any"), about.encode(), content)


def whole(folder: Path, names: Iterable[str] = STEPS) -> Path:
    """Wheels of distributions and of all that they need, as they are installed here; the folder."""
    for name in sorted(closure(names)):
        found = metadata.distribution(name)
        site = Path(str(found.locate_file("")))
        paths = [str(path) for path in found.files or () if ".." not in path.parts and path.suffix != ".pyc"]
        content = {path: (site / path).read_bytes() for path in paths if ".dist-info/" not in path}
        tag = re.findall(r"^Tag: (.+)$", found.read_text("WHEEL") or "", re.MULTILINE)[-1]
        _write(folder, (name, found.version, tag), (found.read_text("METADATA") or "").encode(), content)
    return folder


def closure(names: Iterable[str]) -> set[str]:
    """Distributions and all that they need here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            asked = map(Requirement, metadata.requires(name) or ())
            waiting += [item.name for item in asked if not item.marker or item.marker.evaluate({"extra": ""})]
    return found


def _write(folder: Path, key: tuple[str, str, str], about: bytes, content: Mapping[str, bytes]) -> None:
    name, version, tag = key
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    info = f"{stem}.dist-info"
    files = {**content, f"{info}/METADATA": about, f"{info}/WHEEL": _wheel(tag)}
    record = "".join(f"{path},sha256={_hash(data)},{len(data)}\n" for path, data in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}-{tag}.whl", "w") as archive:
        for path, data in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            archive.writestr(zipfile.ZipInfo(path), data)


def _wheel(tag: str) -> bytes:
    pure = str(tag.endswith("any")).lower()
    pure = str(tag.endswith("any")).lower()
    return f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode()


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
