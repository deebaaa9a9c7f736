# SPDX-License-Identifier: Apache-2.0
"""A client that shows the wire: HTTP/1.1 over TLS or plain, one connection kept."""
import base64
import http.client
import socket
import ssl

EWS = "/EWS/Exchange.asmx"
PHOTO = "/ews/Exchange.asmx/s/GetUserPhoto"
XML = "text/xml; charset=utf-8"


def basic(user, password, encoding="utf-8"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers  # case-insensitive; get_all for lists
        self.body = body

    def __getitem__(self, name):
        return self.headers.get(name)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:300]!r}>"


class Client:
    def __init__(self, address, ca=None, user=None, password=None, timeout=30):
        self.address = address
        self.authorization = basic(user, password) if user else None
        self.timeout = timeout
        self.source = None  # an address of ours to come from
        self.context = None
        if ca:
            self.context = ssl.create_default_context(cafile=ca)
            self.context.check_hostname = True
        self.connection = None

    def connect(self):
        """A connected socket of its own, TLS if this client has a CA."""
        s = socket.create_connection(self.address, timeout=self.timeout,
                                     source_address=self.source and (self.source, 0))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            s = self.context.wrap_socket(s, server_hostname="localhost")
        return s

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def request(self, method, target, body=None, headers=None):
        """One exchange on the kept connection; headers None values are left out."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=self.timeout)
            self.connection.sock = self.connect()
        all_headers = {"Host": "localhost"}
        if self.authorization:
            all_headers["Authorization"] = self.authorization
        all_headers.update(headers or {})
        c = self.connection
        try:
            c.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if body is not None and "Transfer-Encoding" not in all_headers:
                all_headers.setdefault("Content-Length", str(len(body)))
            for name, value in all_headers.items():
                if value is not None:
                    c.putheader(name, value)
            c.endheaders(body)
            response = c.getresponse()
            answer = Answer(response, response.read())
        except Exception:
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def get(self, target, **headers):
        return self.request("GET", target, headers=_names(headers))

    def post(self, body, target=EWS, content_type=XML, **headers):
        if isinstance(body, str):
            body = body.encode()
        return self.request("POST", target, body,
                            {"Content-Type": content_type, **_names(headers)})

    def photo(self, email, size="HR96x96", **headers):
        return self.get(f"{PHOTO}?email={email}&size={size}", **headers)

    def raw(self, data, seconds=10):
        """Sends bytes as they are; returns all that comes until the end."""
        with self.connect() as s:
            s.settimeout(seconds)
            got = b""
            try:
                s.sendall(data)
            except (ConnectionError, ssl.SSLError):
                pass  # it may refuse, and close, before it has all
            try:
                while chunk := s.recv(65536):
                    got += chunk
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
            return got


def _names(headers):
    return {name.replace("_", "-").title(): value for name, value in headers.items()}
