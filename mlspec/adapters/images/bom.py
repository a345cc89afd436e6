"""An image's bill of materials: CycloneDX 1.6, the same bytes for the same packages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import docker
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from docker.errors import APIError
from docker.models.containers import Container
from packageurl import PackageURL

from mlspec.adapters.docker.client import explained, inspected, label
from mlspec.adapters.images.contents import DEBIAN, PYTHON, Contents, Package, read
from mlspec.domain.image import Image
from mlspec.errors import MlspecError

PIECE: Final = 1 << 20


def bill(client: docker.DockerClient, image: Image) -> str:
    """The bill of an image that the engine holds."""
    found = inspected(client, image.reference)
    if found is None:
        raise MlspecError(f"the engine does not hold {image.tag}", hint="deploy it, or pull it by its digest")
    with explained(f"{image.tag} can't be read"), _unstarted(client, image) as container:
        contents = read(container.export(PIECE))  # type: ignore[arg-type]  # bytes, whatever the stubs say
    return document(found["Config"].get("Labels") or {}, contents)


@contextmanager
def _unstarted(client: docker.DockerClient, image: Image) -> Iterator[Container]:
    """A container that is never started, as only a container's files can be had; a crash's leftover goes first."""
    mark = {label("bom"): image.serve}
    for left in client.containers.list(
        all=True, filters={"label": f"{label('bom')}={image.serve}", "status": "created"}
    ):
        left.remove(v=True)
    container = client.containers.create(
        image.reference, ["none"], entrypoint=["none"], labels=mark, network_mode="none"
    )
    try:
        yield container
    finally:
        with suppress(APIError):
            container.remove(v=True)


def document(labels: Mapping[str, str], contents: Contents) -> str:
    """The bill as JSON. `labels` say whose it is, and which of mlspec's servers is inside."""
    bom = Bom()
    subject = bom.metadata.component = Component(
        type=ComponentType.CONTAINER,
        name=labels.get(label("model"), "image"),
        version=labels.get(label("version")),
        bom_ref="image",
    )
    components = [_component(package, contents.release) for package in _with_server(labels, contents)]
    bom.components = components
    bom.register_dependency(subject, components)
    return settled(json.loads(JsonV1Dot6(bom).output_as_string()))


def settled(bill: dict[str, Any]) -> str:
    """Without the time; with a serial number that is the content's, where the library draws one."""
    bill["metadata"].pop("timestamp", None)
    bill.pop("serialNumber", None)
    content = json.dumps(bill, sort_keys=True, ensure_ascii=False)
    return (
        json.dumps(bill | {"serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, content).urn}, sort_keys=True, indent=1)
        + "\n"
    )


def _with_server(labels: Mapping[str, str], contents: Contents) -> list[Package]:
    """mlspec's server is copied into the image, not installed."""
    server = labels.get(label("server"), "")
    return [*contents.packages, *([Package(PYTHON, "mlspec", server)] if server else [])]


def _component(package: Package, release: Mapping[str, str]) -> Component:
    url = _url(package, release)
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        purl=url,
        bom_ref=url.to_string(),
        licenses=[LicenseExpression(package.license)] if package.license else None,
    )


def _url(package: Package, release: Mapping[str, str]) -> PackageURL:
    if package.kind != DEBIAN:
        return PackageURL(package.kind, None, package.name, package.version)
    system = release.get("ID", "debian")
    distro = "-".join(filter(None, (system, release.get("VERSION_ID"))))
    return PackageURL(
        package.kind, system, package.name, package.version, {"arch": package.architecture, "distro": distro}
    )
