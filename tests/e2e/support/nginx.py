"""A real nginx with a prefix of its own: in front of the JSON API, and serving files and TLS by itself."""

import os
import pathlib
import random

from .process import Child, accepts, free_port

CONFIGURATION = """
daemon off;
worker_processes {workers};
{user}
pid {prefix}/nginx.pid;
error_log {prefix}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  log_format seen '$request_method $request_uri $status';
  access_log {prefix}/access.log seen;
  client_body_temp_path {prefix}/body;
  proxy_temp_path {prefix}/proxy;
  fastcgi_temp_path {prefix}/fastcgi;
  uwsgi_temp_path {prefix}/uwsgi;
  scgi_temp_path {prefix}/scgi;
  client_max_body_size 0;
  keepalive_requests 1000000;
  default_type application/octet-stream;
  types {{ application/json json; text/plain txt; }}
  upstream api {{ server 127.0.0.1:{api_port}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{other_port} ssl;
    ssl_certificate {other_certificate};
    ssl_certificate_key {other_key};
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    listen 127.0.0.1:{tls_port} ssl;
    server_name localhost;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location = /fast {{ default_type application/json; return 200 '{{"ok":true}}'; }}
    location /files/ {{ alias {prefix}/files/; }}
    location /gzip/ {{ alias {prefix}/files/; gzip on; gzip_types application/json; }}
    location / {{
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }}
  }}
}}
"""


class Nginx:
    """Writes its configuration, starts, and remembers what it was asked."""

    def __init__(self, directory, api_port, authority, workers=1):
        self.prefix = pathlib.Path(directory) / "nginx"
        (self.prefix / "files").mkdir(parents=True)
        self.port, self.tls_port = free_port(), free_port()
        # A server with a good certificate for a name that is not its own.
        self.other_port = free_port()
        certificate, key = authority.issue("nginx")
        other_certificate, other_key = authority.issue("elsewhere", "DNS:elsewhere.example.com")
        configuration = self.prefix / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            prefix=self.prefix, api_port=api_port, port=self.port, tls_port=self.tls_port,
            certificate=certificate, key=key, workers=workers,
            other_port=self.other_port, other_certificate=other_certificate, other_key=other_key,
            user="user root;" if os.geteuid() == 0 else ""))
        self._write_files()
        self.child = Child(["nginx", "-p", self.prefix, "-c", configuration,
                            "-e", self.prefix / "error.log"], "nginx", self.prefix)
        self.child.wait_ready(lambda: accepts(self.port))

    def _write_files(self):
        files = self.prefix / "files"
        (files / "small.json").write_text('{"order":7,"item":"anvil","note":"' + "x" * 160 + '"}')
        (files / "64k.bin").write_bytes(random.Random(7).randbytes(64 * 1024))

    def access_log(self):
        """Lines of "METHOD URI STATUS"."""
        path = self.prefix / "access.log"
        return path.read_text().splitlines() if path.exists() else []

    def stop(self):
        self.child.stop()
