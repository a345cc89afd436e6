"""Docker contexts, read as docker's own command line keeps them: the SDK finds none where there is no config.json."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from docker.tls import TLSConfig


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a context's engine is, and how to prove who is who; no TLS for sockets and ssh."""

    host: str
    tls: TLSConfig | None = None


def endpoint(context: str) -> Endpoint:
    """The endpoint of a named context; ValueError where there is no such context."""
    folder, identity = _folder(), hashlib.sha256(context.encode()).hexdigest()
    try:
        found = json.loads((folder / "meta" / identity / "meta.json").read_text())["Endpoints"]["docker"]
    except FileNotFoundError as error:
        raise ValueError(f"there is no Docker context `{context}`") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"the Docker context `{context}` names no engine") from error
    return Endpoint(found["Host"], _tls(folder / "tls" / identity / "docker", verify=not found.get("SkipTLSVerify")))


def _folder() -> Path:
    config = os.environ.get("DOCKER_CONFIG")
    return (Path(config) if config else Path.home() / ".docker") / "contexts"


def _tls(folder: Path, *, verify: bool) -> TLSConfig | None:
    paths = {name: folder / f"{name}.pem" for name in ("ca", "cert", "key")}
    there = {name: str(path) for name, path in paths.items() if path.exists()}
    if not there:
        return None
    pair = (there["cert"], there["key"]) if {"cert", "key"} <= set(there) else None
    return TLSConfig(client_cert=pair, ca_cert=there.get("ca"), verify=verify)
