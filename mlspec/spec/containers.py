"""The kinds of values that fields about images and containers hold: nothing in them means more to a shell or Docker."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Final

from pydantic import AfterValidator, WithJsonSchema

from mlspec.spec.values import Text, fault, matching

_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_PART = r"[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*"
_IMAGE: Final = re.compile(
    rf"({_HOST}/)?{_PART}(/{_PART})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?", re.ASCII
)
_REGISTRY: Final = re.compile(rf"{_HOST}(/{_PART})+", re.ASCII)
_DEBIAN: Final = re.compile(r"[a-z0-9][a-z0-9.+-]*[a-z0-9.+](=[0-9A-Za-z][0-9A-Za-z.+:~-]*)?", re.ASCII)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_URL_PATH: Final = re.compile(r"/[A-Za-z0-9._~!&()*+,;=:@%/?-]*", re.ASCII)
_CONTEXT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", re.ASCII)
_CONSTRAINT: Final = re.compile(
    r"(node\.(id|hostname|role|ip|platform\.(os|arch)|labels\.[A-Za-z0-9._/-]+)|engine\.labels\.[A-Za-z0-9._/-]+)"
    r" ?(==|!=) ?[A-Za-z0-9._:/*-]+",
    re.ASCII,
)
_OURS: Final = frozenset({"PORT", "MODEL_DIR", "PATH", "PYTHONPATH", "HOME"})
"""What a container is told by mlspec; another value from the outside would break it."""


def _variable(name: str) -> str:
    if name in _OURS or name.upper().startswith("MLSPEC_"):
        raise fault(f"`{name}` is set by mlspec in every container", "use another name")
    return name


def _address(text: str) -> str:
    try:
        return str(ip_address(text.replace("%", "zone ids are the host's own")))
    except ValueError:
        raise fault(
            f"`{text}` is not an IP address", "such as `127.0.0.1`, or `0.0.0.0` for all of the host's"
        ) from None


def _registry(text: str) -> str:
    """Docker takes the first part for a host only where it looks like one."""
    host = text.partition("/")[0]
    if "." not in host and ":" not in host and host != "localhost":
        raise fault(f"`{host}` is not a registry's host", "write host and path, such as `registry.example.com/models`")
    return text


_ADDRESS_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "anyOf": [{"pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"}, {"pattern": "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$"}],
}

ImageReference = Annotated[
    str, *matching(_IMAGE, "an image", "such as `python:3.11-slim` or `registry.example.com/base:1@sha256:…`")
]
ImageRepository = Annotated[
    str,
    *matching(_REGISTRY, "a registry's host and path", "such as `registry.example.com/models`, without a tag"),
    AfterValidator(_registry),
]
DebianPackage = Annotated[str, *matching(_DEBIAN, "a Debian package", "such as `libgomp1` or `libpq5=15.8-0`")]
VariableName = Annotated[
    str,
    *matching(_VARIABLE, "the name of an environment variable", "its value comes from where mlspec deploys"),
    AfterValidator(_variable),
]
UrlPath = Annotated[str, *matching(_URL_PATH, "a path of a URL", "such as `/v2/health/ready`")]
DockerContext = Annotated[str, *matching(_CONTEXT, "a Docker context", "`docker context ls` lists them")]
Constraint = Annotated[str, *matching(_CONSTRAINT, "a placement constraint", "such as `node.role==worker`")]
Address = Annotated[Text, AfterValidator(_address), WithJsonSchema(_ADDRESS_SCHEMA)]
