"""Identity providers: the certified one as a child process, and one of ours that misbehaves on command."""

import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading

from . import pki
from .process import Child, free_port

PROVIDER = pathlib.Path(__file__).resolve().parents[2] / "idp/provider.mjs"


class Provider:
    """tests/idp/provider.mjs. A port given is kept from one start to the next."""

    def __init__(self, directory, name="idp", port=None, *options):
        self.directory, self.name, self.options = directory, name, options
        self.port = port or free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.child = None

    def start(self):
        self.child = Child(["node", PROVIDER, "--port", self.port, *self.options], self.name, self.directory)
        self.child.wait_ready(lambda: re.search(rf"^{self.issuer}$", self.child.output(), re.M), 30)
        return self

    def stop(self):
        if self.child:
            self.child.kill()
            pathlib.Path(self.child.log).unlink()
            self.child = None

    def token(self, client="agent-7"):
        """By the client-credentials grant, as a workload asks for it."""
        done = subprocess.run(["curl", "-sS", "--fail", "-u", f"{client}:{client}-secret", "-d",
                               "grant_type=client_credentials", self.issuer + "/token"],
                              capture_output=True, text=True, timeout=30, check=True)
        return json.loads(done.stdout)["access_token"]

    def control(self, action):
        """The ids of the keys published now, the one that signs first."""
        done = subprocess.run(["curl", "-sS", "--fail", "-X", "POST", f"{self.issuer}/control/{action}"],
                              capture_output=True, text=True, timeout=30, check=True)
        return done.stdout.split()

    def entry(self, name="idp", **more):
        """Its entry of identity.issuers."""
        return {"name": name, "type": "oidc", "issuer": self.issuer, "audience": "sallyport", **more}


class Odd:
    """A provider whose answers a test sets: `documents` by path, each bytes or a function of the request's
    handler. Counts what it was asked, and how many asked at once."""

    def __init__(self, directory, certificate=None):
        self.key = pki.make_key(pathlib.Path(directory) / f"odd-{id(self)}.pem")
        self.lock = threading.Lock()
        self.asked, self.at_once, self.most_at_once = [], 0, 0
        self.release = threading.Event()
        self.holding = threading.Semaphore(0)
        odd = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                odd._serve(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme, host = "http", "127.0.0.1"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme, host = "https", "localhost"
        self.port = self.server.server_address[1]
        self.issuer = f"{scheme}://{host}:{self.port}"
        self.documents = {}
        self.behave()
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def behave(self):
        """Answers as a good provider does."""
        self.documents = {
            "/.well-known/openid-configuration": json.dumps(
                {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys"}).encode(),
            "/keys": json.dumps({"keys": [pki.jwk(self.key, "odd-1")]}).encode()}

    def answer_all(self, document):
        self.documents = dict.fromkeys(self.documents, document)

    def _serve(self, handler):
        with self.lock:
            self.asked.append(handler.path)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            document = self.documents.get(handler.path)
            if callable(document):
                document(handler)
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            # Before the answer, after which the asker may ask again.
            with self.lock:
                self.at_once -= 1
        if not callable(document):
            handler.send_response(200 if document else 404)
            handler.send_header("Content-Length", str(len(document or b"")))
            handler.end_headers()
            handler.wfile.write(document or b"")

    def hold(self, _handler):
        """A document: says nothing until `release` is set."""
        self.holding.release()
        self.release.wait(60)

    def token(self, kid="odd-1", key=None, **claims):
        return pki.sign({"alg": "EdDSA", "kid": kid, "typ": "JWT"},
                        pki.claims(self.issuer, **{"groups": ["agents"], **claims}), key or self.key)

    def entry(self, name="odd", **more):
        return {"name": name, "type": "oidc", "issuer": self.issuer, "audience": "sallyport", **more}

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def redirect(to):
    """A document that sends the asker elsewhere."""
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return answer


def huge(handler):
    """100 MB of what begins like a key set."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.wfile.write(b'{"keys":[')
    for _ in range(100):
        handler.wfile.write(b" " * 1_000_000)
