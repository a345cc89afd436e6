"""A server without a model, for images: tells its version, drains on SIGTERM, and fails as BEHAVIOUR says."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

VERSION = sys.argv[sys.argv.index("--version") + 1] if "--version" in sys.argv else ""
BEHAVIOUR = os.environ.get("BEHAVIOUR", "")
leaving = threading.Event()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        named = {name: value for name, value in os.environ.items() if name.startswith(("MLSPEC_", "TOY_"))}
        body = json.dumps({"version": VERSION, **named}).encode()
        self.send_response(503 if BEHAVIOUR == "unhealthy" else 200)
        self.send_header("Content-Length", str(len(body)))
        if leaving.is_set():
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Only what the tests look for."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left."""


def leave(_number: int, _frame: FrameType | None) -> None:
    print(f"{VERSION} leaves", flush=True)
    leaving.set()
    threading.Thread(target=server.shutdown).start()


print(f"{VERSION} starts", flush=True)
if BEHAVIOUR == "exit":
    print("the last words", file=sys.stderr)
    sys.exit(3)
server = Server(("", int(os.environ["PORT"])), Answers)
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
server.server_close()
time.sleep(0.5)  # connections that are open get their last answers
