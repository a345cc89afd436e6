"""What is read from an image's files, and the bill that is made of it."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from itertools import pairwise

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from mlspec.adapters.images.bom import document
from mlspec.adapters.images.contents import Contents, Package, read

DPKG = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Description: many
 lines
 .
 Package: not-one
Version: 2.36-9+deb12u4

Package: gone
Status: deinstall ok config-files
Version: 1

"""
FILES = {
    "opt/venv/lib/python3.11/site-packages/A_b.c-1.0.dist-info/METADATA": (
        "Metadata-Version: 2.4\nName: A_b.c\nVersion: 1.0\nLicense-Expression: MIT\n\nName: from the text\n"
    ),
    "app/lib/plain-2.dist-info/METADATA": "Name: plain\nVersion: 2\n",
    "usr/lib/python3/dist-packages/old.egg-info/PKG-INFO": "Name: old\nVersion: 3\n",
    "lib/setuptools/_vendor/inside-9.dist-info/METADATA": "Name: inside\nVersion: 9\n",
    "lib/broken-1.dist-info/METADATA": "Summary: no name\n",
    "var/lib/dpkg/status": DPKG,
    "var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
    "var/lib/dpkg/status.d/tzdata.md5sums": "Package: wrong\nVersion: 1\n",
    "usr/lib/os-release": 'PRETTY_NAME="Debian 12"\nID=debian\nVERSION_ID="12"\n',
}


def exported(files: Mapping[str, str], piece: int = 700) -> Iterator[bytes]:
    """As the engine sends it: in pieces that know nothing of files."""
    spool = io.BytesIO()
    with tarfile.open(fileobj=spool, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("etc/os-release")
        link.type, link.linkname = tarfile.SYMTYPE, "../usr/lib/os-release"
        tar.addfile(link)
    data = spool.getvalue()
    return (data[start:end] for start, end in pairwise([*range(0, len(data), piece), len(data)]))


def test_installed_packages_are_found_wherever_they_are() -> None:
    contents = read(exported(FILES))
    assert contents.packages == (
        Package("deb", "libc6", "2.36-9+deb12u4", "amd64"),
        Package("deb", "tzdata", "2024a", "all"),
        Package("pypi", "a-b-c", "1.0", license="MIT"),
        Package("pypi", "old", "3"),
        Package("pypi", "plain", "2"),
    )
    assert contents.release["ID"] == "debian"
    assert contents.release["VERSION_ID"] == "12"


def test_an_image_of_nothing_has_nothing() -> None:
    assert read(exported({})) == Contents((), {})


def test_the_bill_keeps_to_the_standard_and_to_itself() -> None:
    labels = {"io.mlspec.model": "wine", "io.mlspec.version": "v0.1.0", "io.mlspec.server": "0.9"}
    bill = document(labels, read(exported(FILES)))
    assert bill == document(labels, read(exported(dict(reversed(FILES.items())), piece=64)))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    found = json.loads(bill)
    assert found["metadata"] == {
        "component": {"bom-ref": "image", "name": "wine", "type": "container", "version": "v0.1.0"}
    }
    assert {item["purl"] for item in found["components"]} == {
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12",
        "pkg:deb/debian/tzdata@2024a?arch=all&distro=debian-12",
        "pkg:pypi/a-b-c@1.0",
        "pkg:pypi/mlspec@0.9",
        "pkg:pypi/old@3",
        "pkg:pypi/plain@2",
    }


def test_another_package_is_another_serial_number() -> None:
    one, other = (
        json.loads(document({}, Contents((Package("pypi", "a", version),), {})))["serialNumber"] for version in "12"
    )
    assert one != other
    assert one.startswith("urn:uuid:")
