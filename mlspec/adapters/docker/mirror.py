"""Copies of requests for a shadow: by Lua in the front, which waits for no copy and asks the copy of itself.

The copy names the candidate's version in the header by which either of two versions is asked, so that the front finds
the shadow's servers, and asks another of them, as with any request.
"""

from __future__ import annotations

from typing import Final

from mlspec.domain.service import DRAW, VERSION

FILE: Final = "mlspec-mirror.lua"
LARGEST: Final = 64 << 10
"""Bytes of a request that the front can copy: its buffer; a body has 1 KiB less, and the headers' room."""
OF: Final = 1_000_000
"""A draw is a whole number below it."""

LUA: Final = f"""\
-- Written by mlspec: copies requests to a version, and drops its answers.
local flying = 0
local own = {{
    host = true, connection = true, ["keep-alive"] = true, ["proxy-connection"] = true, te = true, trailer = true,
    upgrade = true, expect = true, ["transfer-encoding"] = true,
}}

local function copied(txn, version, body)
    local headers = {{ ["{VERSION}"] = {{ version }}, ["content-length"] = {{ tostring(#body) }} }}
    for name, values in pairs(txn.http:req_get_headers()) do
        if not own[name] and not headers[name] then
            headers[name] = {{}}
            for index = 0, #values do
                headers[name][index + 1] = values[index]
            end
        end
    end
    return headers
end

core.register_action("mirror", {{ "http-req" }}, function(txn, version, port, most)
    local body = txn.sf:req_body()
    -- A body that is larger than the buffer is there in part only.
    if flying >= tonumber(most) or not body or (tonumber(txn.sf:req_body_size()) or -1) ~= #body then
        return
    end
    local url, headers = "http://127.0.0.1:" .. port .. txn.sf:pathq(), copied(txn, version, body)
    flying = flying + 1
    core.register_task(function()
        pcall(function()
            core.httpclient():post{{ url = url, headers = headers, body = body, timeout = 30000 }}
        end)
        flying = flying - 1
    end)
end, 3)
"""

THREADS: Final = 2
MOST: Final = 32
"""Copies that are under way at most, in all threads together; what comes meanwhile is not copied."""


def load(folder: str) -> str:
    """The lines of the front's `global` section."""
    return f"    tune.bufsize {LARGEST}\n    lua-load-per-thread {folder}/{FILE}\n"


def rules(version: str, share: float, port: int, fronts: int = 1) -> str:
    """The lines of its `frontend` section: what is drawn for a request goes with it, and with its copy.

    So that servers which keep a sample of requests keep the same ones. The front has to wait for bodies, as it does.
    `fronts`: how many there are; together they keep to what may be under way.
    """
    once = f"METH_POST !{{ req.hdr({VERSION}) -m found }}"
    drawn = f"{{ rand({OF}) lt {round(share * OF)} }}"
    return (
        f"    http-request set-header {DRAW} %[rand({OF})] if {once}\n"
        f"    http-request lua.mirror {version} {port} {MOST // THREADS // fronts} if {once} {drawn}\n"
    )
