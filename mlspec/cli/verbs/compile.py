"""`mlspec compile`: write the generated files, or say which are not current."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.pins import newer_pins_of
from mlspec.cli.session import changing
from mlspec.cli.wiring import RealPorts
from mlspec.compiler.blobs import blob_id
from mlspec.compiler.header import verdict
from mlspec.domain.desired import Bundle
from mlspec.errors import EXIT_DONE, CheckFailed, MlspecError
from mlspec.reconciler.bundle import PROJECT
from mlspec.reconciler.compiling import write_stale
from mlspec.reconciler.found import orphans

_EDITED = "move the changes into the spec, or overwrite them by mlspec compile --force"
_PIPELINE = ".gitlab-ci.yml"
_BESIDE = "write mlspec's pipeline beside yours by `ci.file: .gitlab/mlspec.yml`, and include that file in yours"
_HINT = "mlspec compile writes them; --force also where they were edited by hand"


def run(*, check: bool, force: bool) -> int:
    """Write what is stale; with `check` write nothing and exit 3 where something is."""
    if check:
        _check(RealPorts(Path.cwd()))
        return EXIT_DONE
    with changing("compile") as ports:
        pins = None if force else newer_pins_of(ports, dict(_findings(ports)))
        if pins is not None:
            pins.adopt(ports)
        _write(ports, force=force, adopted=pins.files if pins else ())
    return EXIT_DONE


def _check(ports: RealPorts) -> None:
    found = dict(_findings(ports))
    if pins := newer_pins_of(ports, found):
        found = {path: what for path, what in found.items() if path not in pins.files}
        console.say(f"newer than ours: {pins.words}; mlspec compile takes this into {PROJECT}")
    if found:
        count = f"{len(found)} generated file{'s are' if len(found) > 1 else ' is'} not current"
        raise CheckFailed(count, hint=_HINT, details=tuple(f"{path}: {what}" for path, what in sorted(found.items())))
    console.out("All generated files are current.")


def _findings(ports: RealPorts) -> Iterator[tuple[str, str]]:
    """path → missing, stale, hand-edited, foreign or orphaned."""
    blobs = ports.git.snapshot().blobs
    bundle = ports.specs.bundle(blobs)
    for path, wanted in _wanted(bundle).items():
        content = ports.files.read(path)
        if content is None:
            yield path, "missing"
        elif blob_id(content) != wanted:
            yield path, verdict(content, b"")
    yield from ((path, "orphaned") for path in orphans(ports, bundle, ports.tree(ports.git.snapshot())))


def _wanted(bundle: Bundle) -> dict[str, str]:
    wanted = dict(bundle.project.generated)
    for item in bundle.blueprints:
        wanted |= item.generated
    return wanted


def _write(ports: RealPorts, *, force: bool, adopted: Collection[str] = ()) -> None:
    """Write what is not current; `adopted` are edited files whose edits the spec has now."""
    found = dict(_findings(ports))
    edited = sorted(path for path, what in found.items() if what in {"hand-edited", "foreign"} and path not in adopted)
    if edited and not force:
        raise MlspecError(
            "these files were edited by hand",
            hint=_BESIDE if found.get(_PIPELINE) == "foreign" else _EDITED,
            details=tuple(f"{path}: {found[path]}" for path in edited),
        )
    blobs = ports.git.snapshot().blobs
    bundle = ports.specs.bundle(blobs)
    written = write_stale(ports, ports.specs.generated(blobs), blobs) if bundle.project.generated else []
    for item in bundle.blueprints:
        if any(path in found for path in item.generated):
            written += write_stale(ports, ports.specs.generated(blobs, *item.documents), blobs)
    gone = sorted(path for path, what in found.items() if what == "orphaned")
    for path in gone:
        ports.files.remove(path)
    for path in dict.fromkeys(written):  # what models share is written for each of them
        console.out(f"wrote {path}")
    for path in gone:
        console.out(f"removed {path}")
    if not written and not gone:
        console.out("All generated files are current.")
