"""What comes back over HTTP: without masked values, and without the credential, in any form."""

import http.client
import json

import pytest

from support.broker import POLICY, API_SECRET
from support.coded_api import CodedApi
from support.client import curl
from support.process import wait_until

CARD, SSN, MAIL = "4111 1111 1111 1111", "219-09-9998", "bob@example.com"
PAGE = {"customer": 7, "card": CARD, "ssn": SSN, "mail": MAIL, "note": "x" * 3000}
MASKED = {**PAGE, "card": "****", "ssn": "****", "mail": "****"}


@pytest.fixture
def api():
    api = CodedApi(json.dumps(PAGE).encode())
    yield api
    api.stop()


def masking(*wanted):
    policy = json.loads(json.dumps(POLICY))
    policy["rules"][0]["mask"] = list(wanted)
    return policy


def targets(api, world):
    """`open` has no credential, `keyed` is shown one, `files` is nginx with gzip."""
    def change(config):
        base = f"http://127.0.0.1:{api.port}"
        config["targets"] += [
            {"name": "open", "protocol": "http", "url": base},
            {"name": "keyed", "protocol": "http", "url": base,
             "credential": {"header": "X-Api-Key", "value": "file:keys/api.secret"}},
            {"name": "files", "protocol": "http", "url": f"http://127.0.0.1:{world.nginx.port}/gzip"}]
        config["audit"] = {"record_payloads": "full"}
    return change


@pytest.fixture
def masked(make_broker, api, world):
    broker = make_broker(policy=masking("card", "ssn", "email"), change=targets(api, world)).start()
    yield broker
    assert broker.stop() == 0


@pytest.fixture
def guarded(make_broker, api, world):
    broker = make_broker(change=targets(api, world)).start()
    yield broker
    assert broker.stop() == 0


@pytest.mark.parametrize("framing", ["sized", "chunked"])
@pytest.mark.parametrize("coding", ["plain", "gzip", "deflate", "br"])
def test_json_is_masked_in_every_coding_and_framing(masked, api, coding, framing):
    token = masked.token()
    response = masked.get(f"/{framing}/{coding}", "--compressed", target="open", token=token)
    assert response.status == 200 and response.json() == MASKED
    assert coding in ("plain", *api.last("Accept-Encoding").split(", "))
    assert response.header("Content-Encoding") is None
    assert masked.stop() == 0
    for value in (CARD, SSN, MAIL):
        assert not masked.store.contains(value)
    assert masked.store.query("SELECT masked FROM commands")[0]["masked"] == 3
    masked.start()


def test_nginx_gzip_is_masked(masked, world):
    path = world.nginx.prefix / "files/customers.json"
    path.write_text(json.dumps([PAGE] * 200))
    response = masked.get("/customers.json", "--compressed", target="files", token=masked.token())
    assert response.json() == [MASKED] * 200
    assert masked.get("/customers.json", "-r", "0-99", target="files", token=masked.token()).json() == [MASKED] * 200


def test_a_client_of_another_make_reads_it(masked):
    connection = http.client.HTTPConnection("127.0.0.1", masked.port, timeout=20)
    for coding in ("gzip", "br", "plain") * 2:
        connection.request("GET", f"/open/chunked/{coding}", headers={
            "Authorization": "Bearer " + masked.token(), "Accept-Encoding": "gzip, br"})
        assert json.loads(connection.getresponse().read()) == MASKED
    connection.close()


def test_revalidation_works_and_a_new_policy_is_new_content(masked, api):
    token = masked.token()
    first = masked.get("/sized/plain", target="open", token=token)
    tag = first.header("ETag")
    again = masked.get("/sized/plain", "-H", f"If-None-Match: {tag}", target="open", token=token)
    assert (again.status, again.header("ETag")) == (304, tag)
    assert api.last("If-None-Match") == tag.partition("-sp")[0] + '"'
    masked.write_policy(masking("card"))
    before = masked.admin("/readyz")
    assert before.status == 200
    masked.reload()
    later = first
    for _ in range(200):
        later = masked.get("/sized/plain", "-H", f"If-None-Match: {tag}", target="open", token=token)
        if later.status == 200:
            break
    assert later.json() == {**PAGE, "card": "****"}
    assert later.header("ETag") != tag


def test_a_hash_is_the_same_for_everybody_and_outlives_reload_restart_and_key(make_broker, api, world):
    policy = masking({"detect": ["card"], "with": "hash"})
    broker = make_broker(policy=policy, change=targets(api, world)).start()

    def card(subject="agent-7"):
        return broker.get("/sized/plain", target="open", token=broker.token(subject)).json()["card"]

    first = card()
    assert first.startswith("card_") and len(first) == len("card_") + 16
    assert card("agent-8") == first
    broker.write_policy({**policy, "patterns": {"badge": "B-[0-9]{6}"}})
    before = len(broker.log())
    broker.reload()
    wait_until(lambda: "reloaded" in broker.log()[before:], 10, "the reload")
    assert card() == first
    assert broker.stop() == 0
    key = broker.directory / "keys/new.key"
    key.write_text("another key of the store, for its wrapped ones")
    key.chmod(0o600)
    broker.changed(lambda config: config.update(
        secrets={"key": "file:keys/new.key", "previous_key": "file:keys/secrets.key"}))
    broker.start()
    assert card() == first
    assert broker.stop() == 0
    other = make_broker(policy=policy, change=targets(api, world)).start()
    assert other.get("/sized/plain", target="open", token=other.token()).json()["card"] not in (first, CARD)
    assert other.stop() == 0


def test_what_cannot_be_read_is_withheld(masked):
    response = masked.get("/image", target="open", token=masked.token())
    assert response.status == 403
    problem = response.json()
    assert problem["code"] == "denied" and "unreadable: pass" in problem["message"]
    assert CARD not in response.text


def test_a_pointer_masks_its_place_whatever_is_there(make_broker, api, world):
    broker = make_broker(policy=masking({"json": ["/customer", "/note"], "with": "redact"}),
                         change=targets(api, world)).start()
    response = broker.get("/sized/gzip", "--compressed", target="open", token=broker.token())
    assert response.json() == {**PAGE, "customer": "****", "note": "****"}
    assert broker.stop() == 0
    assert broker.store.query("SELECT masked FROM commands")[0]["masked"] == 2


def test_events_come_one_by_one(masked, api):
    connection = http.client.HTTPConnection("127.0.0.1", masked.port, timeout=20)
    connection.request("GET", "/open/events", headers={"Authorization": "Bearer " + masked.token()})
    response = connection.getresponse()
    for number in range(3):
        assert response.readline() == b'data: {"n":%d,"mail":"****"}\n' % number
        assert response.readline() == b"\n"
        api.server.go_on.release()
    assert response.read() == b""
    connection.close()


def test_the_credential_never_comes_back(guarded, api):
    token = guarded.token()
    response = guarded.get("/echo", target="keyed", token=token)
    assert api.last("X-Api-Key") == API_SECRET
    assert response.status == 200
    said = response.text + str(response.headers)
    for form in (API_SECRET, API_SECRET[:12], API_SECRET.encode().hex(), "%62%72", "\\u0062\\u0072", "bWU6YnJva2V"):
        assert form not in said
    assert response.header("Location") == "/keyed/next?key=" + "*" * len(API_SECRET)
    assert guarded.stop() == 0
    assert not guarded.store.contains(API_SECRET)
    guarded.start()


def test_a_walk_by_ranges_shows_no_byte_of_the_credential(guarded):
    token = guarded.token()
    size = 100 + len(API_SECRET)
    walked = b""
    with_ranges = [f"{at}-{at}" for at in range(45, size - 45)]
    for one in with_ranges:
        response = guarded.get("/file", "-r", one, target="keyed", token=token)
        assert response.status == 206
        assert response.header("Content-Range") == f"bytes {one}/{size}"
        walked += response.body
    assert walked == b"a" * 5 + b"*" * len(API_SECRET) + b"b" * 5
    assert guarded.get("/file", "-r", f"{size}-", target="keyed", token=token).status == 416
    rest = guarded.get("/file", "-r", f"{size - 10}-", target="keyed", token=token)
    assert rest.body == b"b" * 10
    several = guarded.get("/file", "-r", "0-1,60-61", target="keyed", token=token)
    assert several.status == 200 and len(several.body) == size and API_SECRET not in several.text


def test_a_bomb_ends_in_an_error(guarded):
    response = guarded.get("/bomb", "--compressed", target="keyed", token=guarded.token())
    assert response.exit_status != 0 or response.status == 502
    assert len(response.body) < 2 << 20


def test_a_target_without_credential_and_masks_is_left_alone(guarded, api):
    token = guarded.token()
    raw = guarded.get("/sized/br", "-H", "Accept-Encoding: br, zstd", target="open", token=token)
    assert api.last("Accept-Encoding") == "br, zstd"
    assert raw.header("Content-Encoding") == "br" and raw.header("Content-Length") == str(len(raw.body))
    assert "-sp" not in raw.header("ETag")


def test_a_coded_request_is_recorded_readable(guarded, api):
    import gzip
    token = guarded.token()
    sent = gzip.compress(b"a note that reviewers read")
    url = guarded.url("/debug/x", "direct")
    response = curl(url, "-H", "Content-Encoding: gzip", token=token, data=sent)
    assert response.status == 200
    session = response.header("Sallyport-Session")
    assert guarded.stop() == 0
    assert "a note that reviewers read" in guarded.cli("replay", session).stdout
    guarded.start()
