"""WebSockets through the broker, with the clients and servers that people use (python3-websockets)."""

import asyncio
import contextlib
import json
import pathlib
import random
import ssl

import pytest
import websockets

from conftest import SANITIZED
from support.broker import API_SECRET, POLICY
from support.faults import Faults
from support.process import Child, accepts, free_port, wait_until

CARD = "4111 1111 1111 1111"
SECRET = "Bearer " + API_SECRET

UPGRADES = {**POLICY,
            "roles": [{**POLICY["roles"][0], "rules": ["reads", "writes", "no-delete", "live"]}],
            "rules": [*POLICY["rules"],
                      {"id": "live", "effect": "allow",
                       "when": {"action": ["read", "forward"], "http.upgrade": "websocket"}}]}


class Service:
    def __init__(self, directory, *tls):
        self.port = free_port()
        self.log = pathlib.Path(directory) / "ws.jsonl"
        self.child = Child(["/usr/bin/python3", pathlib.Path(__file__).parent / "support/ws_server.py",
                            self.port, self.log, *tls], "ws", directory)
        self.child.wait_ready(lambda: accepts(self.port))

    def events(self, event):
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line["what"] for line in lines if line["event"] == event]

    def closed(self):
        return wait_until(lambda: self.events("closed"), 10, "the service's side to close")[-1]


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    yield service
    service.child.stop()


@pytest.fixture
def serve(make_broker, service):
    """A broker with the service as the target "live"; further keys of the target by name."""
    def start(policy=UPGRADES, env=None, **keys):
        target = {"name": "live", "protocol": "http", "url": f"http://127.0.0.1:{service.port}",
                  "credential": {"header": "Authorization", "value": "Bearer file:keys/api.secret"},
                  **keys}
        return make_broker(policy, lambda config: config["targets"].append(target)).start(env=env)
    return start


def connect(broker, path, **how):
    headers = {"Authorization": "Bearer " + broker.token()}
    return websockets.connect(f"ws://127.0.0.1:{broker.port}/live{path}", extra_headers=headers,
                              max_size=None, **how)


def talk(broker, path, conversation, **how):
    """Runs `conversation(socket)` and closes; returns what it returned."""
    async def run():
        async with connect(broker, path, **how) as socket:
            return await conversation(socket)
    return asyncio.run(asyncio.wait_for(run(), 30))


def last_command(broker):
    broker.settle()
    return broker.commands()[-1]


def messages(broker, session, path="/echo"):
    done = broker.cli("replay", session, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return next(line for line in lines if line["text"] == "GET " + path)["messages"]


def test_messages_of_every_kind_and_size_come_back_as_they_were(serve, service):
    broker = serve()
    sent = ["hello", "", "gr\u00fc\u00dfe \U0001f642", b"", bytes(range(256)), "x" * 65_535,
            "\u00e4" * 3_000_000, bytes(7_000_000)]

    async def conversation(socket):
        assert socket.subprotocol == "chat"
        assert socket.extensions == []
        back = []
        for message in sent:
            await socket.send(message)
            back.append(await socket.recv())
        await socket.send(["in ", "three ", "pieces"])
        back.append(await socket.recv())
        await asyncio.wait_for(await socket.ping(b"payload"), 10)
        return back

    assert talk(broker, "/echo", conversation, subprotocols=["chat"]) == [*sent, "in three pieces"]
    opened = service.events("open")[0]
    assert opened["authorization"] == SECRET
    assert "sec-websocket-extensions" not in opened
    assert service.closed() == [1000, ""]
    row = last_command(broker)
    size = sum(len(m.encode() if isinstance(m, str) else m) for m in sent) + len("in three pieces")
    assert (row["status"], row["bytes_in"], row["bytes_out"]) == ("101", size, size)
    assert broker.verify().returncode == 0


def test_both_sides_may_be_tls(make_broker, world, tmp_path):
    service = Service(tmp_path, world.certificate, world.key)

    def change(config):
        config["listen"]["http"]["tls"] = True
        config["tls"] = {"certificate": str(world.certificate), "key": str(world.key)}
        config["targets"].append({"name": "live", "protocol": "http",
                                  "url": f"https://localhost:{service.port}",
                                  "tls": {"ca": str(world.authority.certificate)}})
    broker = make_broker(UPGRADES, change).start()

    async def run():
        trusted = ssl.create_default_context(cafile=str(world.authority.certificate))
        headers = {"Authorization": "Bearer " + broker.token()}
        async with websockets.connect(f"wss://localhost:{broker.port}/live/echo", ssl=trusted,
                                      extra_headers=headers, max_size=None) as socket:
            for message in ("hello", "\u00e4" * 1_000_000, b"\0" * 70_000):
                await socket.send(message)
                assert await socket.recv() == message

    try:
        asyncio.run(asyncio.wait_for(run(), 30))
        assert service.closed() == [1000, ""]
    finally:
        service.child.stop()


def test_many_messages_both_ways_at_once_keep_their_order(serve):
    broker = serve()
    sent = [f"message {n} " + "x" * (n % 3000) for n in range(2000)]

    async def conversation(socket):
        async def say():
            for message in sent:
                await socket.send(message)
        saying = asyncio.create_task(say())
        back = [await socket.recv() for _ in sent]
        await saying
        return back

    assert talk(broker, "/echo", conversation) == sent


def test_the_target_may_ping_and_close(serve):
    broker = serve()

    async def answered(socket):
        return await socket.recv()

    assert talk(broker, "/ask", answered) == "you are"

    async def left(socket):
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()
        return socket.close_code, socket.close_reason

    assert talk(broker, "/leave", left) == (4001, "not you")


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_close_codes_of_the_agent_reach_the_target(serve, service, code):
    broker = serve()

    async def conversation(socket):
        await socket.close(code, "enough")
        return socket.close_code

    assert talk(broker, "/echo", conversation) == code
    assert service.closed() == [code, "enough"]


def test_a_rule_that_allows_reading_alone_does_not_allow_it(serve, service):
    broker = serve(POLICY)
    with pytest.raises(websockets.InvalidStatusCode) as refused:
        talk(broker, "/echo", lambda socket: socket.recv())
    assert refused.value.status_code == 403
    assert last_command(broker)["decision"] == "deny"
    assert service.events("open") == []


def test_the_end_of_the_session_cuts_it_at_once(serve, service):
    broker = serve()

    async def conversation(socket):
        await socket.send("still here")
        assert await socket.recv() == "still here"
        session = broker.sessions()[0]["id"]
        assert broker.cli("sessions", "kill", session).returncode == 0
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 1)
        return socket.close_code

    assert talk(broker, "/echo", conversation) == 1006
    assert service.closed()[0] == 1006
    wait_until(lambda: broker.store.query("SELECT id FROM sessions WHERE end_reason = 'killed'"), 10,
               "the end of the session")


def test_a_disabled_agent_loses_it(serve):
    broker = serve()

    async def conversation(socket):
        done = broker.cli("access", "disable", "agent-7", "--reason", "leaked")
        assert done.returncode == 0, done.stderr
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 2)

    talk(broker, "/echo", conversation)


def test_sigterm_closes_it_with_1001_on_both_sides(serve, service):
    broker = serve()

    async def conversation(socket):
        broker.child.send_signal(15)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)
        return socket.close_code

    assert talk(broker, "/echo", conversation) == 1001
    assert service.closed()[0] == 1001
    assert broker.child.wait(10) == 0


def test_silence_is_allowed_as_long_as_the_target_says(serve):
    broker = serve(timeouts={"websocket": "1s"})

    async def conversation(socket):
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)
        return socket.close_code

    assert talk(broker, "/echo", conversation, ping_interval=None) == 1001


MASKED = {**UPGRADES, "rules": [*UPGRADES["rules"][:-1],
                                {**UPGRADES["rules"][-1], "mask": ["card", "email"]}]}


def test_what_the_target_says_is_masked(serve):
    broker = serve(MASKED)

    async def conversation(socket):
        said = [await socket.recv(), await socket.recv()]
        await socket.send("done")
        return said

    first, second = talk(broker, "/person", conversation)
    assert json.loads(first) == {"name": "Bob", "card": "****"}
    assert second == "in pieces **** ****"
    row = last_command(broker)
    assert row["masked"] == 3
    kept = messages(broker, row["session_id"], "/person")
    assert [m["body"] for m in kept if m["from"] == "target" and m["kind"] == "text"] == [first, second]


def test_binary_messages_are_refused_where_masks_are_due(serve):
    broker = serve(MASKED)

    async def conversation(socket):
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        return socket.close_code, socket.close_reason

    code, reason = talk(broker, "/picture", conversation)
    assert code == 1003 and "binary" in reason


def test_the_credential_does_not_come_back(serve, service):
    broker = serve()

    async def conversation(socket):
        said = [await socket.recv(), await socket.recv()]
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        return [*said, socket.close_reason]

    text, data, reason = talk(broker, "/mirror", conversation)
    hidden = "Bearer " + "*" * len(API_SECRET)
    assert json.loads(text) == {"you": hidden}
    assert data.decode() == hidden and reason == hidden
    assert service.events("open")[0]["authorization"] == SECRET


def test_replay_shows_every_message_with_its_time(serve):
    broker = serve()

    async def conversation(socket):
        await socket.send("hello")
        await socket.recv()
        await socket.send(b"\x00\x01")
        await socket.recv()

    talk(broker, "/echo", conversation)
    session = last_command(broker)["session_id"]
    kept = messages(broker, session)
    assert [(m["from"], m["kind"], m.get("body", m.get("body_base64"))) for m in kept] == [
        ("agent", "text", "hello"), ("target", "text", "hello"), ("agent", "binary", "AAE="),
        ("target", "binary", "AAE="), ("agent", "close", "1000"), ("target", "close", "1000")]
    times = [m["offset_us"] for m in kept]
    assert times == sorted(times)
    text = broker.cli("replay", session).stdout
    assert "> [" in text and " s text]\n> hello\n" in text
    entries = json.loads(broker.cli("replay", session, "--format", "har").stdout)["log"]["entries"]
    assert [m["type"] for m in entries[0]["_webSocketMessages"]] == ["send", "receive"] * 2


def test_the_store_keeps_no_personal_data_of_either_side(serve):
    broker = serve()
    said = ['{"mail":"bob\\u0040example.com"}', "call bob@example.com", CARD.encode()]

    async def conversation(socket):
        for message in said:
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send(["split bob@exam", "ple.com"])
        assert await socket.recv() == "split bob@example.com"

    talk(broker, "/echo", conversation)
    kept = messages(broker, last_command(broker)["session_id"])
    texts = [m["body"] for m in kept if m["kind"] != "close"]
    assert len(texts) == 8
    for text in texts:
        assert "email_" in text or "card_" in text
        assert "example.com" not in text and "1111" not in text


@pytest.mark.skipif(SANITIZED, reason="the sanitizer has an allocator of its own")
def test_failing_allocations_end_websockets_not_the_process(serve, tmp_path):
    faults = Faults("memory", tmp_path / "shims")
    broker = serve(MASKED, env=faults.env)
    chance = random.Random(6455)

    async def load(until):
        """Opens WebSockets and talks on each until it ends."""
        while not until():
            with contextlib.suppress(OSError, asyncio.TimeoutError, websockets.WebSocketException):
                async with connect(broker, "/echo", open_timeout=10, close_timeout=10) as socket:
                    while not until():
                        await socket.send('{"mail":"bob@example.com"}' * chance.randrange(1, 300))
                        await asyncio.wait_for(socket.recv(), 10)

    token = broker.token()
    broker.token = lambda: token
    for _ in range(20):
        failed = faults.get("failed")

        def over():
            return faults.get("failed") > failed + 3 or not broker.child.running()

        async def turn():
            await asyncio.wait_for(asyncio.gather(*[load(over) for _ in range(4)]), 60)

        faults.set(allocation=chance.randrange(500, 10_000))
        asyncio.run(turn())
        faults.heal()
        assert broker.child.running(), broker.log()[-3000:]
        wait_until(lambda: broker.get("/fast", token=token).status == 200, 20, "service")

    async def hello(socket):
        await socket.send("hello")
        return await socket.recv()

    assert talk(broker, "/echo", hello) == "hello"
    assert broker.stop() == 0
    assert broker.verify().returncode == 0
