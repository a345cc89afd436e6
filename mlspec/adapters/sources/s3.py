"""Objects in S3 buckets, by s3fs: keys come from the environment or a profile, as for every AWS tool."""

from __future__ import annotations

from typing import Any

import fsspec
from fsspec.spec import AbstractFileSystem

from mlspec.adapters.sources._files import RemoteFile
from mlspec.adapters.sources._lacking import without_package
from mlspec.domain.sources import SourceRef


def open_source(ref: SourceRef, root: str) -> RemoteFile:
    """See mlspec.ports.sources.Source."""
    del root
    bucket, key = str(ref.settings["bucket"]), str(ref.settings["key"]).lstrip("/")

    def system() -> tuple[AbstractFileSystem, str]:
        given: dict[str, Any] = {"endpoint_url": ref.settings.get("endpoint"), "profile": ref.settings.get("profile")}
        return fsspec.filesystem("s3", **{name: value for name, value in given.items() if value}), f"{bucket}/{key}"

    return RemoteFile(f"s3://{bucket}/{key}", system, lambda: list(without_package("s3fs", "s3")), ref.timeout)
