# SPDX-License-Identifier: Apache-2.0
"""Access tokens by PyJWT, and an issuer whose keys are fetched over HTTPS."""
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE = "https://mail.example.com"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, kid, algorithm="RS256", bits=2048):
        self.kid, self.algorithm = kid, algorithm
        self.private = (rsa.generate_private_key(65537, bits) if algorithm == "RS256"
                        else ec.generate_private_key(ec.SECP256R1()))

    def jwk(self, **more):
        made = json.loads(
            jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key()))
        if "crv" in made:  # PyJWT leaves leading zeros away, RFC 7518 6.2.1.2 wants them
            point = self.private.public_key().public_numbers()
            made.update(x=b64(point.x.to_bytes(32, "big")), y=b64(point.y.to_bytes(32, "big")))
        return {**made, "kid": self.kid, "use": "sig", **more}

    @property
    def public_pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_set(*keys):
    return json.dumps({"keys": [k if isinstance(k, dict) else k.jwk() for k in keys]})


class Issuer:
    """Makes tokens; claims given as None are left out."""

    def __init__(self, name, key):
        self.name, self.key = name, key

    def claims(self, **more):
        now = int(time.time())
        all_claims = {"iss": self.name, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600,
                      "scp": "openid EWS.AccessAsUser.All", **more}
        return {k: v for k, v in all_claims.items() if v is not None}

    def token(self, key=None, head=None, **claims):
        key = key or self.key
        return jwt.encode(self.claims(**claims), key.private, algorithm=key.algorithm,
                          headers={"kid": key.kid, **(head or {})})

    def app(self, client, **claims):
        return self.token(scp=None, roles=["full_access_as_app"], appid=client, **claims)


def hand_made(head, claims, sign):
    """A token as no library would make it; `sign` gives the signature."""
    text = b64(json.dumps(head).encode()) + "." + b64(
        claims if isinstance(claims, bytes) else json.dumps(claims).encode())
    return text + "." + b64(sign(text.encode()))


def hmac_by(secret):
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


class KeyServer:
    """Serves a key set at /keys, a redirect at /moved, and counts."""

    def __init__(self, certificate, key, text):
        self.text, self.asked, self.port = text, 0, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.server = None

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                body = outer.text.encode()
                self.send_response(200 if self.path == "/keys" else 302)
                if self.path != "/keys":
                    self.send_header("Location", "http://localhost:1/keys")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.handle_error = lambda *_: None  # of a client that gave up
        self.port = self.server.server_address[1]
        self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        self.server = None
