"""TLS on both sides: toward agents, and toward targets with their certificates checked."""

import socket
import ssl

import pytest

from support.client import Connection, curl, request


@pytest.fixture
def tls_broker(make_broker, world):
    def change(config):
        config["listen"]["http"]["tls"] = True
        config["tls"] = {"certificate": str(world.certificate), "key": str(world.key)}
        https = f"https://localhost:{world.nginx.tls_port}"
        by_address = f"https://127.0.0.1:{world.nginx.tls_port}"
        right, wrong = str(world.authority.certificate), str(world.other_authority.certificate)
        config["targets"] += [
            {"name": "secure", "protocol": "http", "url": https, "tls": {"ca": right}},
            {"name": "secure-ip", "protocol": "http", "url": by_address, "tls": {"ca": right}},
            {"name": "wrong-ca", "protocol": "http", "url": https, "tls": {"ca": wrong}},
            {"name": "system-ca", "protocol": "http", "url": https},
            {"name": "wrong-name", "protocol": "http",
             "url": f"https://localhost:{world.nginx.other_port}", "tls": {"ca": right}},
        ]
    return make_broker(change=change).start()


def ask(broker, world, target, token, *arguments, path="/fast"):
    return curl(f"https://localhost:{broker.port}/{target}{path}", "--cacert",
                world.authority.certificate, *arguments, token=token)


def test_an_agent_speaks_tls_1_2_and_1_3(tls_broker, world):
    token = tls_broker.token()
    for option in (["--tls-max", "1.2"], ["--tlsv1.3"]):
        assert ask(tls_broker, world, "orders", token, *option).status == 200
    row = tls_broker.store.query("SELECT * FROM sessions")[0]
    assert row["target"] == "orders"


def test_older_tls_and_plain_http_are_refused(tls_broker, world):
    token = tls_broker.token()
    old = ask(tls_broker, world, "orders", token, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
    assert old.exit_status != 0
    plain = curl(f"http://127.0.0.1:{tls_broker.port}/orders/fast", token=token)
    assert plain.status in (0, 400)


def test_the_broker_uses_its_configured_certificate(tls_broker, world):
    wrong = curl(f"https://localhost:{tls_broker.port}/orders/fast", "--cacert",
                 world.other_authority.certificate, token=tls_broker.token())
    assert wrong.exit_status == 60


def test_a_target_with_a_good_certificate_is_reached_by_name_and_address(tls_broker, world):
    token = tls_broker.token()
    assert ask(tls_broker, world, "secure", token).json() == {"ok": True}
    assert ask(tls_broker, world, "secure-ip", token).json() == {"ok": True}


@pytest.mark.parametrize("target", ["wrong-ca", "system-ca", "wrong-name"])
def test_a_target_whose_certificate_does_not_hold_is_502(tls_broker, world, target):
    before = len(world.nginx.access_log())
    response = ask(tls_broker, world, target, tls_broker.token())
    assert response.status == 502
    assert response.header("Content-Type").startswith("application/problem+json")
    assert len(world.nginx.access_log()) == before


def test_a_silent_client_does_not_hold_up_handshakes(tls_broker, world):
    silent = [socket.create_connection(("127.0.0.1", tls_broker.port)) for _ in range(50)]
    assert ask(tls_broker, world, "orders", tls_broker.token()).status == 200
    for one in silent:
        one.close()


def test_bodies_both_ways_over_tls_on_both_sides(tls_broker, world):
    token = tls_broker.token()
    big = ask(tls_broker, world, "secure", token, path="/big?bytes=5000000")
    assert len(big.body) == 5_000_000
    sent = curl(f"https://localhost:{tls_broker.port}/secure/sink", "--cacert",
                world.authority.certificate, token=token, data=b"z" * 3_000_000)
    assert sent.json()["bytes"] == 3_000_000


def test_a_cut_tls_connection_is_no_clean_end(tls_broker, world):
    token = tls_broker.token()
    with Connection(tls_broker.port, tls_ca=world.authority.certificate) as connection:
        connection.send(request("GET", "/secure/fast", token))
        assert connection.response().status == 200
        assert connection.socket.version() in ("TLSv1.2", "TLSv1.3")
        assert isinstance(connection.socket, ssl.SSLSocket)
