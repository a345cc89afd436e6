"""Versions: read strictly, ordered by number, bumped by part."""

from __future__ import annotations

import pytest

from mlspec.domain.version import Version


@pytest.mark.parametrize("text", ["v0.0.0", "v1.2.3", "v10.200.3000"])
def test_versions_come_back_as_they_were_written(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "v1.2", "v1.2.3.4", "v01.2.3", "v1.02.3", "v1.2.3-rc.1", "v1.2.3+b", "V1.2.3", "v1.2.3\n", "v1.2.٣"],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        Version.parse(text)


def test_order_is_by_number() -> None:
    texts = ["v0.2.0", "v0.10.0", "v0.9.9", "v1.0.0", "v0.2.10", "v0.2.9"]
    wanted = ["v0.2.0", "v0.2.9", "v0.2.10", "v0.9.9", "v0.10.0", "v1.0.0"]
    assert [str(item) for item in sorted(map(Version.parse, texts))] == wanted


def test_bumps() -> None:
    version = Version(1, 2, 3)
    assert [str(version.bump(part)) for part in ("major", "minor", "patch")] == ["v2.0.0", "v1.3.0", "v1.2.4"]
