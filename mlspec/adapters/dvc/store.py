"""DVC's cache and default remote: find objects, check them, send and fetch them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dvc.config import NoRemoteError
from dvc.repo import Repo
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.transfer import transfer

from mlspec.adapters.dvc.content import Source, md5_of
from mlspec.domain.record import ArtefactFile
from mlspec.errors import IntegrityError, MlspecError

_ADD_REMOTE = "add a remote: `dvc remote add --default NAME URL`"


class Store:
    """The objects that DVC keeps for a repository."""

    def __init__(self, repo: Repo) -> None:
        self._cache: Any = repo.cache.local
        self._repo = repo
        self._remote_known = False
        self._remote_odb: Any = None

    @property
    def remote(self) -> Any:
        """The default remote's object database, None without one."""
        if not self._remote_known:
            try:
                self._remote_odb = self._repo.cloud.get_remote_odb()
            except NoRemoteError:
                self._remote_odb = None
            self._remote_known = True
        return self._remote_odb

    def cached(self, md5: str) -> Path:
        """Where the cache holds (or would hold) an object."""
        return Path(self._cache.oid_to_path(md5))

    def source(self) -> Source:
        """Opens a file's bytes in the cache, else in the remote. The cache is not filled: bytes are not trusted yet."""

        @contextmanager
        def open_file(file: ArtefactFile) -> Iterator[BinaryIO]:
            try:
                path = self.cached(file.md5)
                opened = path.open("rb") if path.is_file() else self._open_remote(file)
                with opened as stream:
                    yield stream
            except FileNotFoundError as error:
                raise MlspecError(
                    f"{file.path} is in neither DVC's cache nor its remote",
                    hint="`dvc push` where it was trained, or train it again",
                    details=(f"MD5 {file.md5}",),
                ) from error

        return open_file

    def objects_of(self, out: Any) -> set[HashInfo]:
        """What an output is made of: one object, or a folder's list and its files."""
        if not out.hash_info.isdir:
            return {out.hash_info}
        tree = out.get_dir_cache()  # from the remote where the cache doesn't have it
        if tree is None:
            raise MlspecError(f"the list of files of {out} is in neither DVC's cache nor its remote", hint=_ADD_REMOTE)
        return {out.hash_info, *(info for _, _, info in tree)}

    def verify(self, objects: Iterable[HashInfo]) -> None:
        """IntegrityError when an object in the cache is not what its name says; DVC trusts any read-only file there."""
        for item in objects:
            path = self.cached(str(item.value))
            expected = str(item.value).removesuffix(".dir")
            if path.is_file() and (found := md5_of(path)) != expected:
                raise IntegrityError(
                    "a file in DVC's cache was changed",
                    where=str(path),
                    hint="remove it, then restore it with `dvc fetch` or retrain",
                    details=(f"expected MD5 {expected}", f"found    MD5 {found}"),
                )

    def send(self, objects: set[HashInfo]) -> int:
        """Upload what the remote lacks, then ask it again for everything; the number of files sent."""
        if self.remote is None:
            return 0
        sent = self._transfer(self._cache, self.remote, objects)
        absent = self._absent(objects)
        if absent:
            raise MlspecError(
                "outputs did not reach the DVC remote",
                hint="is the remote reachable and writable?",
                details=tuple(f"MD5 {item.value}" for item in absent),
            )
        return len(sent)

    def fetch(self, objects: set[HashInfo]) -> bool:
        """Bring into the cache what it lacks; whether it then has everything, each object checked by its MD5."""
        lacking = {item for item in objects if not self.cached(str(item.value)).is_file()}
        if lacking and self.remote is not None:
            self._transfer(self.remote, self._cache, lacking, verify=True)
        return all(self.cached(str(item.value)).is_file() for item in objects)

    def _open_remote(self, file: ArtefactFile) -> BinaryIO:
        if self.remote is None:
            raise MlspecError(f"{file.path} is not in DVC's cache and there is no remote to ask", hint=_ADD_REMOTE)
        stream: BinaryIO = self.remote.fs.open(self.remote.oid_to_path(file.md5), "rb")
        return stream

    def _transfer(self, source: Any, target: Any, objects: set[HashInfo], *, verify: bool = False) -> set[HashInfo]:
        # no memory of what the remote once had, no trust that it has a folder's files with its list: each is looked up
        result = transfer(source, target, objects, verify=verify, shallow=False, cache_odb=self._cache)
        return set(result.transferred)

    def _absent(self, objects: set[HashInfo]) -> list[HashInfo]:
        there = set(self.remote.oids_exist([item.value for item in objects]))
        return sorted((item for item in objects if not self._same(item, there)), key=lambda item: str(item.value))

    def _same(self, item: HashInfo, there: set[str]) -> bool:
        local = self.cached(str(item.value))
        if item.value not in there or not local.is_file():
            return item.value in there
        return bool(self.remote.fs.size(self.remote.oid_to_path(item.value)) == local.stat().st_size)
