"""A version's bill of materials: the model with its card, the data and the packages it was trained with; CycloneDX 1.6.

The library has no model cards yet, so these are put into its document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from mlspec.adapters.images.bom import settled
from mlspec.domain.record import ArtefactFile, VersionRecord

_MODEL: Final = "model"
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")


@dataclass(frozen=True, slots=True)
class Materials:
    """What a version is made of. `data`: path → content digest; `lock`: the text of its environment's lock."""

    record: VersionRecord
    description: str
    owners: Sequence[str]
    family: str
    """the estimator's import path, or the command"""
    task: str
    data: Mapping[str, str]
    lock: str


def version_bill(made_of: Materials) -> str:
    """The bill as JSON, the same text for the same version."""
    record, bom = made_of.record, Bom()
    subject = bom.metadata.component = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=record.model,
        version=record.version,
        description=made_of.description or None,
        bom_ref=_MODEL,
        components=[_file(file) for file in record.files],
    )
    data = [_data(path, content) for path, content in sorted(made_of.data.items())]
    packages = list(_packages(made_of.lock, record.packages))
    bom.components = [*data, *packages]
    bom.register_dependency(subject, bom.components)
    document: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    document["metadata"]["component"]["modelCard"] = _card(made_of, [item.bom_ref.value or "" for item in data])
    return settled(document)


def _file(file: ArtefactFile) -> Component:
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)]
    return Component(type=ComponentType.FILE, name=file.path, bom_ref=f"file:{file.path}", hashes=hashes)


def _data(path: str, content: str) -> Component:
    """DVC's MD5 of a file is a hash of it; git's blob id and the MD5 of a folder's list are versions."""
    plain = re.fullmatch(r"md5:([0-9a-f]{32})", content)
    hashes = [HashType(alg=HashAlgorithm.MD5, content=plain[1])] if plain else []
    return Component(type=ComponentType.DATA, name=path, version=content, bom_ref=f"data:{path}", hashes=hashes)


def _packages(lock: str, pins: Mapping[str, str]) -> Iterator[Component]:
    """The lock's packages with the hashes of the files that any of its platforms may install."""
    for line in re.sub(r"\\\r?\n", " ", lock).splitlines():
        found = _PIN.match(line)
        name = re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""
        if found and name in pins:
            url = PackageURL("pypi", None, name, found[2])
            yield Component(
                type=ComponentType.LIBRARY,
                name=name,
                version=found[2],
                purl=url,
                bom_ref=url.to_string(),
                external_references=_distribution(name, _HASH.findall(line)),
            )


def _distribution(name: str, hashes: Sequence[str]) -> list[ExternalReference]:
    if not hashes:
        return []
    found = [HashType(alg=HashAlgorithm.SHA_256, content=item) for item in hashes]
    url = XsUri(f"https://pypi.org/simple/{name}/")
    return [ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=url, hashes=found)]


def _card(made_of: Materials, data: Sequence[str]) -> dict[str, Any]:
    measured = [{"type": name, "value": f"{value:.10g}"} for name, value in sorted(made_of.record.metrics.items())]
    card: dict[str, Any] = {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": made_of.task,
            "architectureFamily": made_of.family,
            "datasets": [{"ref": item} for item in data],
        },
        "quantitativeAnalysis": {"performanceMetrics": measured},
        "properties": [{"name": "mlspec:train", "value": made_of.record.train}]
        + ([{"name": "mlspec:format", "value": "onnx"}] if made_of.record.format == "onnx" else [])
        + [{"name": "mlspec:owner", "value": owner} for owner in made_of.owners],
    }
    if made_of.description:
        card["considerations"] = {"useCases": [made_of.description]}
    return card
