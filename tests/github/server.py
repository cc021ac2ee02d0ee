"""Sockets: reads requests, lets faults do their worst, writes replies."""

from __future__ import annotations

import socket
import struct
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .app import App, Record, Request
from .control import PREFIX, Control, push
from .faults import Fault, pad
from .wording import Reply

# More than any request of a client; beyond it the connection is closed.
BODY_MAX = 64 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Serves one app until it is told to stop."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], app: App, control: Control, verbose: bool) -> None:
        super().__init__(address, Handler)
        self.app, self.control, self.verbose = app, control, verbose

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news; the rest is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "github.com", ""
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what people want to see is printed by `_show`."""

    def _read(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole
        size = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(size) if size <= BODY_MAX else None

    def _handle(self) -> None:
        body = self._read()
        if body is None:
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host", "127.0.0.1")
        request = Request(self.command, self.path, headers, body, host)
        if self.path.startswith(PREFIX):
            self._send(self.server.control.answer(request), {})
            return
        app = self.server.app
        record, fault = app.begin(request)
        if fault is None:
            self._send(app.answer(request, record), {})
        else:
            self._break(request, record, fault)
        self._show(record)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _handle

    def _break(self, request: Request, record: Record, fault: Fault) -> None:
        """Answers a request that runs into a fault."""
        app, action = self.server.app, fault.action()
        record.fault = True
        if "push" in action:
            with app.world.lock:
                push(app, action["push"])
        # A reply of the fault's own, or none: only `after` lets the request have its effect.
        replaced = "status" in action or "text" in action or "json" in action or action.get("reset", False)
        reply = Reply(0) if replaced and fault.when == "before" else app.answer(request, record)
        if "text" in action or "json" in action or "status" in action:
            text = action.get("text")
            reply = Reply(
                action.get("status", 200), action.get("json"), dict(action.get("headers", {})),
                raw=None if text is None else text.encode(),
            )
            for name, value in app.headers(record, app.tokens.find(request.headers.get("authorization"))).items():
                reply.headers.setdefault(name, value)
        elif "headers" in action:
            reply.headers |= action["headers"]
        if "pad" in action:
            reply.json = pad(reply.json, action["pad"])
        record.status = reply.status
        time.sleep(action.get("sleep", 0))
        if action.get("reset"):
            self._reset()
            return
        self._send(reply, action)

    def _reset(self) -> None:
        """A connection that is reset, not closed: the client sees ECONNRESET."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, reply: Reply, action: dict[str, Any]) -> None:
        body = reply.body()
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = "Fault of the Fake"
        self.send_response(reply.status, phrase)
        headers = {name.lower() for name in reply.headers}
        if body and "content-type" not in headers:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if "truncate" in action:
            self.wfile.write(body[: action["truncate"]])
            self.wfile.flush()
            self._reset()
        elif "drip" in action:
            steps = 10
            for start in range(steps):
                self.wfile.write(body[start * len(body) // steps : (start + 1) * len(body) // steps])
                self.wfile.flush()
                time.sleep(action["drip"] / steps)
        else:
            self.wfile.write(body)

    def _show(self, record: Record) -> None:
        if self.server.verbose:
            notes = "".join(f"\n    ! {violation}" for violation in record.violations)
            fault = " (fault)" if record.fault else ""
            print(f"{record.method} {record.path} {record.status or 'reset'}{fault}{notes}", file=sys.stderr, flush=True)
