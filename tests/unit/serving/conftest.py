"""Bundles of small real models, made once, and services and clients on them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import httpx
import pytest
from fakes import bundles

from mlspec.serving.app import build_app
from mlspec.serving.bundle import load_model
from mlspec.serving.service import Limits, Service
from mlspec.serving.signature import read_signature

Serve = Callable[..., Service]


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`folders("wine")` is a bundle's folder."""
    root = tmp_path_factory.mktemp("bundles")
    return cache(lambda name: getattr(bundles, f"write_{name}")(root / name))


@pytest.fixture(scope="session")
def serve(folders: Callable[[str], Path]) -> Serve:
    """`serve("wine", batch=3)` is a fresh service with these limits."""

    def make(name: str, **limits: float) -> Service:
        folder = folders(name)
        model = load_model(folder, read_signature(folder / "signature.json"), ())
        return Service(name, "v1.2.0", model, Limits(**limits))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client_of() -> Callable[[Service], httpx.AsyncClient]:
    """An HTTP client of the application itself, without a network."""

    def connect(service: Service) -> httpx.AsyncClient:
        app = build_app(service, ThreadPoolExecutor(1))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://server")

    return connect
