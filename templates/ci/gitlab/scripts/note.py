"""Write the plan into one note: the newest of its author that begins with the marker, or a new one."""

import json
import os
import urllib.parse
import urllib.request
from pathlib import Path

API = os.environ["CI_API_V4_URL"]
PROJECT, REQUEST, MARKER = (os.environ[name] for name in ("CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "MARKER"))
NOTES = f"/projects/{PROJECT}/merge_requests/{REQUEST}/notes"


def ask(method, path, **fields):
    """The answer to a request, and the number of the next page."""
    data = urllib.parse.urlencode(fields).encode() if fields else None
    request = urllib.request.Request(API + path, data, {"PRIVATE-TOKEN": os.environ["MLSPEC_TOKEN"]}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer), answer.headers.get("X-Next-Page")


def notes():
    """All notes of the merge request, the newest first."""
    page = "1"
    while page:
        found, page = ask("GET", f"{NOTES}?order_by=created_at&sort=desc&per_page=100&page={page}")
        yield from found


me = ask("GET", "/user")[0]["id"]
body = Path("comment.md").read_text(encoding="utf-8")
mine = (note["id"] for note in notes() if note["author"]["id"] == me and note["body"].startswith(MARKER))
if (known := next(mine, None)) is None:
    ask("POST", NOTES, body=body)
else:
    ask("PUT", f"{NOTES}/{known}", body=body)
