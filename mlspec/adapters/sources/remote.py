"""Files at other addresses than the web's, by fsspec: `s3://`, `gs://`, `sftp://`, `file:///`…"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import fsspec
from fsspec.registry import known_implementations

from mlspec.adapters.sources._files import RemoteFile
from mlspec.adapters.sources._lacking import without_package
from mlspec.domain.sources import SourceRef
from mlspec.ports.sources import Lack


def open_source(ref: SourceRef, root: str) -> RemoteFile:
    """See mlspec.ports.sources.Source."""
    del root
    address = str(ref.settings["url"])
    return RemoteFile(address, lambda: fsspec.core.url_to_fs(address), lambda: _lacks(address), ref.timeout)


def _lacks(address: str) -> Sequence[Lack]:
    """A protocol that nobody knows, or the package that knows it."""
    protocol = address.partition("://")[0].lower()
    if protocol not in fsspec.available_protocols():
        return [Lack(f"fsspec knows no `{protocol}://`", "correct the address")]
    if protocol in {"s3", "s3a"}:
        return list(without_package("s3fs", "s3"))
    known = known_implementations.get(protocol)
    module = str(known["class"]).partition(".")[0] if known else "fsspec"
    if find_spec(module) is None:
        return [Lack(f"the package {module} is not installed", f"pip install {module}")]
    return []
