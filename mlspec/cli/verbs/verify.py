"""`mlspec verify`: is a version what its record says?"""

from __future__ import annotations

import json
from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.naming import model_and_version
from mlspec.cli.progress import Progress
from mlspec.cli.session import know_chains
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_CHECK_FAILED, EXIT_DONE
from mlspec.reconciler.proof import Finding, Proof
from mlspec.reconciler.verifying import verify


def run(*, model: str, as_json: bool) -> int:
    """Train the version once more in a sandbox, and say what is not as recorded; exit 3 where something is not."""
    ports = RealPorts(Path.cwd())
    name, version = model_and_version(model)
    know_chains(ports)
    proof = verify(ports, name, version, Progress(quiet=as_json))
    if as_json:
        console.out(json.dumps(_document(proof), indent=2))
    else:
        _tell(proof)
    return EXIT_CHECK_FAILED if proof.differing else EXIT_DONE


def _document(proof: Proof) -> dict[str, object]:
    head = {"format": 1, "model": proof.model, "version": proof.version, "commit": proof.commit}
    said = {"compare": proof.compare, "trained": proof.trained, "same": not proof.differing}
    return head | said | {"hint": proof.hint, "findings": [_finding(item) for item in proof.findings]}


def _finding(item: Finding) -> dict[str, object]:
    told = {"what": item.what, "subject": item.subject, "recorded": item.recorded, "found": item.found}
    return told | {"same": item.same, "weighs": item.weighs}


def _tell(proof: Proof) -> None:
    name = f"{proof.model}@{proof.version}"
    if proof.differing:
        console.out(f"{name} is not what its record says:")
    for item in proof.findings:
        if not item.same:
            mark = "✗" if item.weighs else "!"
            console.out(f"  {mark} {item.what}  {item.subject}: recorded {item.recorded}, found {item.found}")
    if proof.differing:
        untried = "" if proof.trained else "; it was not trained again, which would prove nothing more"
        console.out(f"{len(proof.differing)} of {len(proof.findings)} comparisons differ{untried}")
        if proof.hint:
            console.out(f"hint: {proof.hint}")
        return
    how = "gives the same bytes" if proof.compare == "exact" else "gives the same metrics"
    console.out(f"{name} is what its record says: trained once more, it {how} ({len(proof.findings)} comparisons)")
