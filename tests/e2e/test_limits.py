"""Limits that a deployment sets, and memory that stays bounded."""

import concurrent.futures
import hashlib
import os
import subprocess

import pytest

from conftest import LONG, SANITIZED
from support.client import Connection, request
from support.json_api import PATTERN
from support.process import wait_until

MIB = 1 << 20
BIG = 2048 * MIB if LONG else 256 * MIB
bounded = pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory is not ours")


def test_sessions_per_subject_are_limited(make_broker):
    broker = make_broker(change=lambda config: config.update(limits={"sessions_per_subject": 2})).start()
    tokens = [broker.token(subject="busy") for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [broker.get("/v1/orders", token=token).status for token in tokens] == [200, 200]
    refused = broker.get("/v1/orders", target="direct", token=tokens[0])
    assert refused.status in (403, 429, 503)
    assert refused.json()["code"] == "limit" and refused.json()["retryable"] is True
    assert broker.get("/v1/orders", token=tokens[0]).status == 200
    assert broker.get("/v1/orders", token=broker.token(subject="other")).status == 200


def test_sessions_are_limited_together(make_broker):
    broker = make_broker(change=lambda config: config.update(limits={"sessions": 2})).start()
    statuses = [broker.get("/v1/orders", token=broker.token(subject=f"s{n}")).status for n in range(3)]
    assert statuses[:2] == [200, 200] and statuses[2] in (403, 429, 503)


def test_connections_are_limited_and_come_back(make_broker):
    broker = make_broker(change=lambda config: config.update(limits={"connections": 8})).start()
    token = broker.token()
    held = [Connection(broker.port, timeout=5) for _ in range(8)]
    for one in held[:7]:
        one.send(request("GET", "/orders/fast", token))
    served = 0
    for one in held[:7]:
        served += one.response().status == 200
    assert served >= 6
    with Connection(broker.port, timeout=2) as extra:
        extra.send(request("GET", "/orders/fast", token))
        try:
            assert extra.response().status == 503
        except (OSError, ConnectionError):
            pass  # closed, or left waiting: not served
    for one in held:
        one.close()
    wait_until(lambda: broker.get("/fast", token=token).status == 200, 10, "room again")


def digest_of_pattern(size):
    digest = hashlib.sha256()
    while size:
        piece = PATTERN[:min(size, len(PATTERN))]
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()


@bounded
def test_a_big_download_passes_in_bounded_memory(make_broker):
    broker = make_broker(change=lambda config: config.update(
        audit={"session_payload_limit": "16MiB"})).start()
    token = broker.token()
    broker.get("/v1/orders", token=token)
    broker.child.reset_peak()
    client = subprocess.Popen(
        ["curl", "-sS", "-H", f"Authorization: Bearer {token}", broker.url(f"/big?bytes={BIG}")],
        stdout=subprocess.PIPE)
    digest, size = hashlib.sha256(), 0
    while piece := client.stdout.read(MIB):
        digest.update(piece)
        size += len(piece)
    client.stdout.close()
    assert client.wait() == 0
    assert (size, digest.hexdigest()) == (BIG, digest_of_pattern(BIG))
    assert broker.child.status("VmHWM") < 100 * 1024


@bounded
def test_a_big_upload_passes_in_bounded_memory(make_broker, tmp_path):
    broker = make_broker(change=lambda config: config.update(
        audit={"session_payload_limit": "16MiB"})).start()
    token = broker.token()
    broker.get("/v1/orders", token=token)
    broker.child.reset_peak()
    body = tmp_path / "body"
    with open(body, "wb") as out:
        os.truncate(body, BIG)
        out.write(b"start")
    response = broker.get("/sink", "-T", body, "-X", "POST", token=token, timeout=300)
    assert response.json()["bytes"] == BIG, response.text
    assert broker.child.status("VmHWM") < 100 * 1024
    body.unlink()


@bounded
def test_fully_recorded_bodies_stay_within_memory(broker, token):
    broker.child.reset_peak()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(lambda _: len(broker.get("/big?bytes=20000000", token=token).body), range(4)))
    assert sizes == [20_000_000] * 4
    assert broker.child.status("VmHWM") < 150 * 1024


@bounded
def test_a_reader_that_stops_reading_does_not_fill_the_broker(broker, token):
    broker.get("/v1/orders", token=token)
    broker.child.reset_peak()
    start = broker.child.status("VmRSS")
    stalled = [Connection(broker.port) for _ in range(8)]
    for one in stalled:
        one.send(request("GET", "/orders/big?bytes=100000000", token))
        one._take_until(b"\r\n\r\n")
    for _ in range(30):
        assert broker.get("/v1/orders", token=token).status == 200
    assert broker.child.status("VmHWM") - start < 64 * 1024
    for one in stalled:
        one.close()


@bounded
@pytest.mark.long
def test_ten_thousand_idle_connections_cost_at_most_25_kib_each(broker, token):
    with Connection(broker.port) as first:
        first.send(request("GET", "/orders/fast", token))
        first.response()
    before = broker.child.status("VmRSS")
    idle = []
    for _ in range(10_000):
        connection = Connection(broker.port)
        connection.send(request("GET", "/orders/fast", token))
        assert connection.response().status == 200
        idle.append(connection)
    each = (broker.child.status("VmRSS") - before) / len(idle)
    for one in idle:
        one.close()
    assert each <= 25, f"{each:.1f} KiB"
