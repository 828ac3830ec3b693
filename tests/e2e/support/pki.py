"""Throw-away keys, certificates and tokens, made with the openssl program and by hand: nothing here knows
the broker's own code, so that it can contradict it."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")
    return done.stdout


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, directory, name="test-ca"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate = self.directory / f"{name}.pem"
        self.key = self.directory / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.certificate, "-days", "30", "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign")

    def issue(self, name, alternatives="DNS:localhost,IP:127.0.0.1", use="serverAuth"):
        """Paths of a certificate, a server's unless `use` says otherwise, and its key."""
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate, extensions = self.directory / f"{name}.crt", self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\nextendedKeyUsage={use}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", "20", "-extfile", extensions, "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key


def make_key(path, algorithm="ed25519", *options):
    openssl("genpkey", "-algorithm", algorithm, *options, "-out", path)
    os.chmod(path, 0o600)
    return path


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_part(value):
    return b64url(json.dumps(value, separators=(",", ":")).encode())


def decode_token(token):
    """Header and claims of a JWT, unverified."""
    head, claims, _signature = token.split(".")
    return json.loads(from_b64url(head)), json.loads(from_b64url(claims))


def sign(header, claims, key):
    """A JWT by an Ed25519 or RSA key: `alg` EdDSA or RS256."""
    signed = f"{encode_part(header)}.{encode_part(claims)}".encode()
    with tempfile.NamedTemporaryFile() as message:
        message.write(signed)
        message.flush()
        if header["alg"] == "EdDSA":
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", message.name)
        else:
            signature = openssl("dgst", "-sha256", "-sign", key, message.name)
    return signed.decode() + "." + b64url(signature)


def claims(issuer, subject="agent-7", audience="sallyport", ttl=900, now=None, **more):
    now = int(time.time() if now is None else now)
    return {"iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + ttl, **more}


def jwk(key_path, kid):
    """The public half of an Ed25519 or RSA key as a JWK."""
    der = openssl("pkey", "-in", key_path, "-pubout", "-outform", "DER")
    if len(der) == 44:  # an Ed25519 SubjectPublicKeyInfo (RFC 8410): the key is its last 32 bytes
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(der[-32:]), "kid": kid, "alg": "EdDSA"}
    modulus = openssl("rsa", "-in", key_path, "-noout", "-modulus").decode().strip().partition("=")[2]
    return {"kty": "RSA", "n": b64url(bytes.fromhex(modulus)), "e": "AQAB", "kid": kid, "alg": "RS256"}
