# SPDX-License-Identifier: Apache-2.0
"""Another server than ours, kind or hostile: answers as a function says."""
import socket
import ssl
import threading

from .cases import at_end

SECONDS = 30  # a limit for a test that hangs


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path = target.split("?")[0].lower()

    def __getitem__(self, name):
        return self.headers.get(name.lower())

    @property
    def login(self):
        return self["Authorization"] is not None


def answer(status, body=b"", *lines):
    """A whole answer, with more header lines."""
    if isinstance(body, str):
        body = body.encode()
    if body and not any(line.lower().startswith("content-type") for line in lines):
        lines += ("Content-Type: text/xml; charset=utf-8",)
    head = "\r\n".join([f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *lines, "", ""])
    return head.encode("latin-1") + body


class Other:
    """act(request) gives the bytes of the answer, or an iterator of pieces; None
    ends the connection. Without a certificate it is plain http."""

    def __init__(self, act, certificate=None):
        self.act = act
        self.requests = []
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        at_end(self.close)

    def close(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        connection.settimeout(SECONDS)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while request := self._read(stream):
                    self.requests.append(request)
                    said = self.act(request)
                    if said is None:
                        return
                    for piece in [said] if isinstance(said, bytes) else said:
                        if piece is None:
                            return
                        connection.sendall(piece)
        except (OSError, ValueError):
            pass  # the client went away, as it may

    @staticmethod
    def _read(stream):
        line = stream.readline(65536)
        if not line.strip():
            return None
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while (line := stream.readline(65536)) not in (b"\r\n", b""):
            name, value = line.decode("latin-1").split(":", 1)
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        return Request(method, target, headers, body)
