"""A target that answers in every coding, framing and range, and repeats what it is shown."""

import base64
import gzip
import hashlib
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote_plus, urlsplit

import brotli

CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, content, content_type="application/json", status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.path.startswith("/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(content), 7):
                piece = content[at:at + 7]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def do_GET(self):
        server = self.server
        server.seen.append((self.path, self.headers))
        path = urlsplit(self.path).path
        if path == "/events":
            return self.events()
        if path == "/bomb":
            return self.answer(gzip.compress(bytes(10 << 20)), Content_Encoding="gzip")
        if path == "/image":
            return self.answer(b"\x89PNG " + server.content, "image/png")
        if path == "/echo":
            return self.echo()
        if path == "/file":
            return self.file()
        coding = path.rpartition("/")[2]
        content, more = server.content, {}
        if coding in CODERS and coding in self.headers.get("Accept-Encoding", ""):
            content, more = CODERS[coding](content), {"Content_Encoding": coding}
        tag = '"' + hashlib.sha256(content).hexdigest()[:12] + '"'
        if tag in self.headers.get("If-None-Match", ""):
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return None
        return self.answer(content, ETag=tag, **more)

    def echo(self):
        secret = self.headers["X-Api-Key"].encode()
        forms = [secret, quote_plus(secret).encode(), b"".join(b"%%%02x" % c for c in secret), secret.hex().encode(),
                 b"".join(b"\\u%04x" % c for c in secret), base64.b64encode(b"me:" + secret)]
        self.answer(b"\n".join(forms), "text/plain", Set_Cookie="key=" + secret.decode(), X_Echo=secret.decode(),
                    Location="/next?key=" + quote_plus(secret))

    def file(self):
        """Single ranges of a file that has the credential in its middle."""
        content = b"a" * 50 + self.headers["X-Api-Key"].encode() + b"b" * 50
        asked = self.headers.get("Range")
        if not asked:
            return self.answer(content, "application/octet-stream", Accept_Ranges="bytes")
        first, _, last = asked.removeprefix("bytes=").partition("-")
        first, last = int(first), min(int(last or len(content)), len(content) - 1)
        if first > last:
            return self.answer(b"", "text/plain", 416, Content_Range=f"bytes */{len(content)}")
        return self.answer(content[first:last + 1], "application/octet-stream", 206,
                           Content_Range=f"bytes {first}-{last}/{len(content)}")

    def events(self):
        """One event; the next when the test has seen it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(3):
            event = b'data: {"n":%d,"mail":"bob@example.com"}\n\n' % number
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.server.go_on.acquire(timeout=20)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_arguments):
        """`seen` is the log."""


class CodedApi:
    def __init__(self, content):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.content, self.server.seen = content, []
        self.server.go_on = threading.Semaphore(0)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def last(self, name):
        return self.server.seen[-1][1].get(name)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
