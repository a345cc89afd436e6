"""A server without a model, that behaves as the variable BEHAVIOUR of its image says.

`load`: seconds before it listens. `exit`: ends with this status instead. `never`: answers, but is never ready.
`hungry`: megabytes that it takes. `slow`: seconds for each POST. GET /posts tells which bodies came by POST, how often.
It is not ready any more once there is a file /tmp/sick.
On SIGTERM it is a lame duck, as the real server: requests that have begun are answered, with `Connection: close`.
"""

import collections
import http.server
import json
import os
import pathlib
import signal
import sys
import threading
import time

BEHAVIOUR = json.loads(os.environ.get("BEHAVIOUR", "{}"))
VERSION = os.environ.get("MLSPEC_VERSION", "none")
SICK = pathlib.Path("/tmp/sick")
draining = threading.Event()
posts: collections.Counter[str] = collections.Counter()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request with what it is."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "POST":
            posts[data.decode()] += 1
            time.sleep(BEHAVIOUR.get("slow", 0))
        if self.path.startswith("/slow/"):
            time.sleep(float(self.path.rpartition("/")[2]))
        sick = BEHAVIOUR.get("never") or SICK.exists()
        said = {"/who": self.identity, "/posts": lambda: dict(posts)}.get(self.path, lambda: {"version": VERSION})
        body = json.dumps(said()).encode()
        self.send_response(503 if sick and self.path == "/ready" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("mlspec-version", VERSION)
        if draining.is_set():
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def identity(self) -> dict[str, object]:
        """All that a test may want to know."""
        return {"version": VERSION, "environ": dict(os.environ), "argv": sys.argv[1:], "uid": os.getuid()}

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = False


def main() -> None:
    """Load, serve, drain."""
    print(f"{VERSION} loads", file=sys.stderr, flush=True)
    time.sleep(BEHAVIOUR.get("load", 0))
    if status := BEHAVIOUR.get("exit"):
        print("the last words", file=sys.stderr, flush=True)
        sys.exit(status)
    hoard = bytearray(BEHAVIOUR.get("hungry", 0) << 20)
    server = Server(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Handler)

    def leave(*_: object) -> None:
        draining.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, leave)
    print(f"{VERSION} serves", file=sys.stderr, flush=True)
    server.serve_forever(poll_interval=0.05)
    print(f"{VERSION} drained", file=sys.stderr, flush=True)
    os._exit(len(hoard) and 0)


if __name__ == "__main__":
    main()
