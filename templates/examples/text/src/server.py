"""Serves the language model: POST /predict generates, GET /monitoring has the counts that `mlspec drift` asks for."""

import json
import os
import random
import signal
import threading
import time
import uuid
from bisect import bisect_left
from collections import deque
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from language import Language
from prompts import letters

FOLDER = Path(os.environ.get("MODEL_DIR", "/model"))
WHO = {"model": os.environ.get("MLSPEC_MODEL", ""), "version": os.environ.get("MLSPEC_VERSION", "")}
WINDOW = 500
LONGEST = 500
SLOWEST = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)
"""Seconds: the bounds of the histogram of times"""


class Counts:
    """Prompts in the bins of profile.json, the newest ones in blocks; no prompt is kept."""

    def __init__(self, path):
        data = path.read_bytes() if path.exists() else b""
        self.reference = json.loads(data) if data else None
        self.sha256, self.name, self.started = sha256(data).hexdigest(), uuid.uuid4().hex[:12], time.time()
        self.rows, self.blocks, self.lock = 0, deque(maxlen=21), threading.Lock()

    def add(self, row):
        """Count one prompt; `row` has a value for each column that the profile knows."""
        if self.reference is None:
            return
        with self.lock:
            if not self.blocks or self.blocks[-1]["rows"] >= WINDOW // 20:
                empty = {each["name"]: [0] * (len(each["counts"]) + 1) for each in self.reference["columns"]}
                self.blocks.append({"until": 0.0, "rows": 0, "columns": empty})
            block = self.blocks[-1]
            for column in self.reference["columns"]:
                value = row[column["name"]]
                number = len(value) if column["kind"] == "length" else value
                place = bisect_left(column["edges"], number) if value != "" else -1
                block["columns"][column["name"]][place] += 1
            block["until"], block["rows"], self.rows = time.time(), block["rows"] + 1, self.rows + 1

    def document(self):
        """As docs/reference/serving.md of mlspec says."""
        with self.lock:
            own = {"profile": self.sha256, "started": self.started, "rows": self.rows, "dropped": 0}
            workers = {self.name: {**own, "blocks": list(self.blocks)}}
            head = {**WHO, "format": 1, "profile": self.sha256, "window": WINDOW}
            return {**head, "reference": self.reference, "workers": workers}


class Times:
    """How many requests were answered, how, and how fast: what a bake judges by."""

    def __init__(self):
        self.codes, self.bounds, self.lock = {}, [0] * (len(SLOWEST) + 1), threading.Lock()

    def add(self, code, seconds):
        """One answer."""
        with self.lock:
            self.codes[code] = self.codes.get(code, 0) + 1
            self.bounds[bisect_left(SLOWEST, seconds)] += 1

    def text(self):
        """In Prometheus' format, with the names of mlspec's own server."""
        who = ",".join(f'{name}="{value}"' for name, value in {**WHO, "pid": os.getpid()}.items())
        lines = [f"mlspec_model_info{{{who}}} 1"]
        with self.lock:
            lines += [f'mlspec_requests_total{{route="/predict",code="{code}"}} {n}' for code, n in self.codes.items()]
            for place, bound in enumerate([*SLOWEST, "+Inf"]):
                labels = f'route="/predict",le="{bound}"'
                lines.append(f"mlspec_request_duration_seconds_bucket{{{labels}}} {sum(self.bounds[: place + 1])}")
        return "\n".join(lines) + "\n"


def generated(body):
    """The answer to `{"rows": [{"prompt": …}], "length": 200, "seed": 0}`; ValueError where it is something else."""
    try:
        asked = json.loads(body)
        prompts = [row["prompt"] for row in asked["rows"]]
        length = min(int(asked.get("length", 200)), LONGEST)
        chance = random.Random(asked.get("seed"))  # noqa: S311 - no secret
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError('send {"rows": [{"prompt": "The value of"}]}') from error
    if not all(isinstance(prompt, str) for prompt in prompts):
        raise ValueError("a prompt is a text")
    for prompt in prompts:
        COUNTS.add({"prompt": prompt, "letters": letters(prompt)})
    return {**WHO, "predictions": [MODEL.generate(prompt, length, chance) for prompt in prompts]}


class Handler(BaseHTTPRequestHandler):
    """The endpoints."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Health, counts, metrics."""
        if self.path == "/healthz":
            self.answer(200, {"ok": True})
        elif self.path == "/monitoring" and COUNTS.reference is not None:
            self.answer(200, COUNTS.document())
        elif self.path == "/metrics":
            self.answer(200, TIMES.text().encode(), "text/plain; version=0.0.4")
        else:
            self.answer(404, {"error": "POST /predict, GET /healthz, /monitoring, /metrics"})

    def do_POST(self):
        """Generate."""
        begun, body = time.perf_counter(), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/predict":
            self.answer(404, {"error": "POST /predict"})
            return
        code, content = 500, {"error": "the model failed"}
        try:
            code, content = 200, generated(body)
        except ValueError as error:
            code, content = 400, {"error": str(error)}
        finally:
            TIMES.add(code, time.perf_counter() - begun)
            self.answer(code, content)

    def answer(self, code, content, kind="application/json"):
        """Send one answer."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        """Requests are counted, not logged: prompts are their callers' business."""


if __name__ == "__main__":
    MODEL, COUNTS, TIMES = Language.load(FOLDER / "counts.json"), Counts(FOLDER / "profile.json"), Times()
    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()
