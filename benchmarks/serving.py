"""Requests a second of mlspec's server, one row each: skops beside ONNX, and uvicorn with constant bytes as the floor.

One worker, 8 kept connections, by wrk where it is there, else by a client of our own, which takes CPU from the server.
CPU per request is the figure to trust on a machine that does other things.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measure import table, use_bytecode
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from mlspec.steps.estimators import build_pipeline
from mlspec.steps.models import dump_model
from mlspec.steps.onnx.convert import convert
from mlspec.steps.signature import Input, Signature
from mlspec.steps.train import describe_output

SECONDS = 5
ROUNDS = 3
CONNECTIONS = 8
LEAST = {"LR skops": 2_500, "LR onnx": 6_000}
"""Requests a second that are to be reached."""
REFERENCE = 14_427
"""What the constant bytes gave on the machine of these figures: elsewhere, the same share of the floor will do."""
FLOOR = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
"""
SCRIPT = 'wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = [[%s]]\n'


@dataclass(frozen=True)
class Found:
    """Requests a second, and the server's CPU for each of them in microseconds; memory in MB."""

    rate: float
    cpu: float
    memory: float


def write_bundles(folder: Path) -> bytes:
    """LR and RF, each in both formats; the body of a request."""
    data = load_breast_cancer()
    inputs = tuple(Input(str(name), "number") for name in data.feature_names)
    estimators = {"LR": LogisticRegression(max_iter=1000), "RF": RandomForestClassifier(100, random_state=0)}
    for name, estimator in estimators.items():
        model = build_pipeline(estimator, inputs, "array").fit(data.data, data.target)
        kind, classes = describe_output(model, "classification")
        signature = Signature("classification", inputs, "benign", kind, classes, "array")
        for made, content in (("skops", dump_model(model)), ("onnx", convert(model, signature))):
            bundle = folder / f"{name} {made}"
            bundle.mkdir()
            (bundle / f"model.{made}").write_bytes(content)
            (bundle / "signature.json").write_text(signature.to_text())
    row = dict(zip(map(str, data.feature_names), data.data[0].tolist(), strict=True))
    return json.dumps({"rows": [row]}).encode()


@contextmanager
def served(argv: Sequence[str], folder: Path, ready: str) -> Iterator[tuple[int, int]]:
    """A server: its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    child = subprocess.Popen([*argv, "--port", str(port)], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        while not answers(port, ready):
            if child.poll() is not None:
                raise SystemExit(f"{' '.join(argv)} ended")
            time.sleep(0.05)
        yield port, child.pid
    finally:
        child.terminate()
        child.wait()


def answers(port: int, path: str) -> bool:
    """Whether somebody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure(port: int, pid: int, folder: Path, body: bytes) -> Found:
    """The best of the rounds: what else the machine does only ever takes from it."""
    load = by_wrk if shutil.which("wrk") else by_threads
    load(port, folder, body, 1)
    found = []
    for _ in range(ROUNDS):
        before = cpu_seconds(pid)
        requests, seconds = load(port, folder, body, SECONDS)
        found.append((requests / seconds, (cpu_seconds(pid) - before) / requests * 1e6))
    return Found(max(rate for rate, _ in found), min(cpu for _, cpu in found), memory(pid))


def by_wrk(port: int, folder: Path, body: bytes, seconds: int) -> tuple[int, float]:
    """Requests that were answered, and how long it took."""
    script = folder / "post.lua"
    script.write_text(SCRIPT % body.decode())
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}/predict"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(said)
    (count,) = re.findall(r"(\d+) requests in", said)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    return int(count), int(count) / float(rate)


def by_threads(port: int, _folder: Path, body: bytes, seconds: int) -> tuple[int, float]:
    """The same by threads of this process."""
    end = time.perf_counter() + seconds

    def ask(_: int) -> int:
        connection, count = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0
        while time.perf_counter() < end:
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            connection.getresponse().read()
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(CONNECTIONS) as clients:
        return sum(clients.map(ask, range(CONNECTIONS))), float(seconds)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """What a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measured(folder: Path, body: bytes) -> dict[str, Found]:
    """All servers, one after the other."""
    (folder / "floor.py").write_text(FLOOR)
    floor = [sys.executable, "-m", "uvicorn", "floor:app", "--no-access-log", "--log-level", "error"]
    servers: dict[str, tuple[Sequence[str], str]] = {"constant bytes": (floor, "/")}
    for bundle in sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] in "LR"):
        words = [sys.executable, "-m", "mlspec.serving", "--bundle", bundle, "--name", "m", "--version", "v1.0.0"]
        servers[bundle] = (words, "/v2/health/ready")
    found: dict[str, Any] = {}
    for name, (argv, ready) in servers.items():
        with served(argv, folder, ready) as (port, pid):
            found[name] = measure(port, pid, folder, body)
    return found


def main() -> None:
    """Print all of them; exit 1 where one is slower than it is to be."""
    use_bytecode()
    with TemporaryDirectory() as name:
        found = measured(Path(name), write_bundles(Path(name)))
    floor = found["constant bytes"].rate
    rows = [
        [name, f"{one.rate:.0f}", f"{one.rate / floor:.2f}", f"{one.cpu:.0f}", f"{one.memory:.0f}"]
        for name, one in found.items()
    ]
    print(table([f"one row, best of {ROUNDS}", "requests/s", "of the floor", "CPU µs/request", "MB"], rows))
    for name in ("LR", "RF"):
        print(f"{name}: ONNX answers {found[f'{name} onnx'].rate / found[f'{name} skops'].rate:.1f} times as many")
    slow = [one for one, least in LEAST.items() if found[one].rate < min(least, least / REFERENCE * floor)]
    raise SystemExit(f"slower than wanted: {', '.join(slow)}" if slow else 0)


if __name__ == "__main__":
    main()
