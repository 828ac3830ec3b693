"""Sealed secrets: set, used from the next request on, rotated, listed, removed; and never seen."""

import os
import pty
import subprocess

from support.broker import PROGRAM, run
from support.load import Load
from support.process import wait_until

FIRST, SECOND = "first-sealed-value-51c2", "second-sealed-value-9e07"


def refer(reference, name="direct"):
    """A change of the configuration: the target is shown this."""
    def change(config):
        target = next(one for one in config["targets"] if one["name"] == name)
        target["credential"] = {"header": "Authorization", "value": "Bearer " + reference}
    return change


def shown(response):
    """The Authorization field that reached the target."""
    assert response.status == 200, response.text
    return dict(response.json()["headers"]).get("Authorization")


def seen(broker, token):
    return shown(broker.get("/debug/headers", target="direct", token=token))


def seal(broker, value, *arguments, name="crm"):
    done = broker.cli("secret", "set", name, *arguments, stdin=value)
    assert done.returncode == 0, done.stderr
    return done.stdout


def injected(broker):
    return [dict(leaf["fields"]) for leaf in broker.store.leaves("cred.injected")]


def received(world, count):
    """What the last requests brought to the API as their Authorization."""
    wait_until(lambda: len(world.received()) >= count, 10, "the request log")
    return [dict(map(tuple, one["headers"])).get("Authorization") for one in world.received()[-count:]]


def strings_of(path):
    return subprocess.run(["strings", "-a", "-n", "6", str(path)], capture_output=True, text=True,
                          check=True).stdout


def test_a_sealed_secret_goes_out_and_a_new_version_with_the_next_request(make_broker, world):
    broker = make_broker(change=refer("secret:crm")).start()
    token = broker.token()
    wait_until(lambda: "a target's secret is not set" in broker.log(), 10, "the warning")
    refused = broker.get("/debug/headers", target="direct", token=token)
    assert refused.status == 502 and "no usable credential" in refused.text
    assert "crm" not in refused.text.replace("/direct", "")
    assert "version 1 (token)" in seal(broker, FIRST + "\n", "--kind", "token")
    broker.get("/debug/headers", target="direct", token=token)
    assert received(world, 1) == ["Bearer " + FIRST]
    assert "version 2 (token)" in seal(broker, SECOND)
    broker.get("/debug/headers", target="direct", token=token)
    broker.get("/debug/headers", target="direct", token=token)
    assert received(world, 3) == ["Bearer " + FIRST, "Bearer " + SECOND, "Bearer " + SECOND]
    uses = injected(broker)
    assert [(use["reference"], use["version"], use["target"]) for use in uses] == \
        [("secret:crm", "1", "direct"), ("secret:crm", "2", "direct")]
    assert broker.stop() == 0
    broker.start()
    broker.get("/debug/headers", target="direct", token=broker.token())
    assert received(world, 1) == ["Bearer " + SECOND]
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


def test_no_secret_is_in_any_file_of_the_store_or_the_log(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    token = broker.token()
    seal(broker, FIRST)
    broker.get("/debug/headers", target="direct", token=token)
    seal(broker, SECOND)
    broker.get("/debug/headers", target="direct", token=token)
    seal(broker, "removed-value-33aa", name="other")
    assert broker.cli("secret", "rm", "other").returncode == 0
    broker.settle()
    for running in (True, False):
        for path in broker.store.files():
            text = strings_of(path)
            for value in (FIRST, SECOND, "removed-value-33aa"):
                assert value not in text, (running, path)
        if running:
            assert broker.stop() == 0
    assert FIRST not in broker.log() and SECOND not in broker.log()
    kinds = broker.store.query("SELECT subject, before, after FROM changes WHERE kind = 'secret'")
    assert [row["after"] for row in kinds][:2] == ["crm version 1 other", "crm version 2 other"]
    assert kinds[-1]["before"] == "other version 1 other" and kinds[-1]["after"] is None


def test_the_inventory_says_what_there_is_how_old_and_who_uses_it(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    seal(broker, FIRST, "--kind", "token")
    seal(broker, SECOND)
    seal(broker, "unused", "--kind", "password", name="spare")
    token = broker.token()
    broker.get("/debug/headers", target="direct", token=token)
    broker.get("/v1/orders", token=token)
    items = {item["reference"]: item for item in broker.cli_json("secret", "list")}
    crm = items["secret:crm"]
    assert (crm["kind"], crm["version"], crm["state"], crm["targets"]) == ("token", 2, "sealed", ["direct"])
    assert crm["created_at"] < crm["rotated_at"] <= crm["last_used_at"]
    assert crm["changed_by"] == "operator"
    assert 0 <= crm["age_seconds"] < 60
    spare = items["secret:spare"]
    assert (spare["kind"], spare["rotated_at"], spare["last_used_at"], spare["targets"]) == \
        ("password", None, None, [])
    file = items[f"file:{broker.directory}/keys/api.secret"]
    assert (file["state"], file["kind"], sorted(file["targets"])) == ("outside", "token", ["based", "orders"])
    assert file["last_used_at"]
    assert items[f"file:{broker.directory}/keys/secrets.key"]["kind"] == "store_key"
    table = broker.cli("secret", "list").stdout
    assert "secret:crm" in table and FIRST not in table and SECOND not in table
    rows = broker.store.query("SELECT * FROM secrets ORDER BY name, version")
    assert [(row["name"], row["version"], row["uses"]) for row in rows] == \
        [("crm", 1, 0), ("crm", 2, 1), ("spare", 1, 0)]


def test_a_secret_that_a_target_uses_is_removed_by_force_only(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    token = broker.token()
    seal(broker, FIRST)
    assert seen(broker, token)
    kept = broker.cli("secret", "rm", "crm")
    assert kept.returncode == 1 and "target direct uses it" in kept.stderr
    assert seen(broker, token)
    assert broker.cli("secret", "rm", "crm", "--force").returncode == 0
    assert broker.get("/debug/headers", target="direct", token=token).status == 502
    assert broker.cli("secret", "rm", "crm").returncode == 1
    assert "version 2" in seal(broker, SECOND)
    assert seen(broker, token)


def test_only_who_may_changes_secrets(broker):
    for method, path in (("PUT", "/v1/secrets/crm"), ("DELETE", "/v1/secrets/crm"), ("GET", "/v1/secrets")):
        auditor = broker.admin(path, "-X", method, "-H", "Content-Type: application/octet-stream",
                               token=broker.token(subject="audrey"),
                               data=b"x" if method == "PUT" else None)
        assert auditor.status == (200 if method == "GET" else 403), (method, auditor.text)
    assert broker.admin("/v1/secrets", token=broker.token()).status == 401
    assert broker.cli_json("secret", "list") == broker.admin("/v1/secrets", token=broker.token("alice")).json()


def test_bad_input_is_refused_with_a_clear_error(broker):
    for arguments, stdin, says in (
            (["Crm"], "x", "lower-case"), (["sallyport.ssh-ca"], "x", "broker's own"), (["crm"], "", "empty"),
            (["crm"], "\n", "empty"), (["crm"], "x" * 65537, "larger than 64 KiB"),
            (["crm", "--kind", "toast"], "x", "--kind"), (["crm", "--from", "/nowhere/x"], "", "/nowhere/x")):
        done = broker.cli("secret", "set", *arguments, stdin=stdin)
        assert done.returncode == 2 and says in done.stderr, (arguments, done.stderr)
    assert not broker.store.query("SELECT * FROM secrets")
    assert "version 1" in seal(broker, "x" * 65536)


def test_secrets_are_set_and_listed_while_no_broker_runs(make_broker):
    broker = make_broker(change=refer("secret:crm"))
    assert "version 1" in seal(broker, FIRST)
    assert [item["state"] for item in broker.cli_json("secret", "list")
            if item["reference"] == "secret:crm"] == ["sealed"]
    broker.start()
    assert seen(broker, broker.token())
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


def test_a_program_prints_the_credential(make_broker, world, tmp_path):
    program = tmp_path / "print-secret"
    value = tmp_path / "value"
    value.write_text("from-a-program-1\n")
    program.write_text(f"#!/bin/sh\ncat {value}\n")
    program.chmod(0o700)
    broker = make_broker(change=refer(f"exec:{program} crm")).start()
    token = broker.token()
    broker.get("/debug/headers", target="direct", token=token)
    assert received(world, 1) == ["Bearer from-a-program-1"]
    value.write_text("from-a-program-2\n")

    def rotated():
        broker.get("/debug/headers", target="direct", token=token)
        return received(world, 1) == ["Bearer from-a-program-2"]

    wait_until(rotated, 15, "the new value")
    assert [use["reference"] for use in injected(broker)] == [f"exec:{program} crm"] * 2
    assert "version" not in injected(broker)[0]


def test_fault_36_a_secret_store_that_is_down_refuses_and_nothing_older_is_used(make_broker, world, tmp_path):
    """The program that asks an outside secret store fails, hangs, and works again."""
    program = tmp_path / "ask-the-secret-store"
    good = "#!/bin/sh\necho fresh-value\n"
    program.write_text("#!/bin/sh\necho stale-value; exit 1\n")
    program.chmod(0o700)
    broker = make_broker(change=refer(f"exec:{program}")).start()
    token, before = broker.token(), len(world.received())
    refused = broker.get("/debug/headers", target="direct", token=token)
    assert refused.status == 502 and "no usable credential" in refused.text
    assert str(program) not in refused.text and "stale-value" not in refused.text
    assert len(world.received()) == before

    def answers(status):
        return broker.get("/debug/headers", target="direct", token=token).status == status

    program.write_text(good)
    wait_until(lambda: answers(200), 10, "the secret")
    program.write_text("#!/bin/sh\nexit 1\n")
    wait_until(lambda: answers(502), 15, "the refusal")
    count = len(world.received())
    assert answers(502) and len(world.received()) == count
    # Others go on meanwhile, on every thread.
    assert broker.get("/v1/orders", token=token).status == 200
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                                 f"Authorization: Bearer {token}", broker.url("/debug/headers", "direct")],
                                stdout=subprocess.PIPE, text=True) for _ in range(8)]
    for _ in range(20):
        assert broker.get("/v1/orders", token=token).status == 200
    assert {child.communicate(timeout=30)[0] for child in hanging} == {"502"}
    assert "stale-value" not in broker.log()
    program.write_text(good)
    wait_until(lambda: answers(200), 15, "the secret")
    assert broker.commands("status = '502' OR status = 'failed'")


NEW_KEY = "a-new-key-of-the-store-0123456789abcdef"


def write_key(broker, name, text=NEW_KEY):
    path = broker.directory / "keys" / name
    path.write_text(text)
    path.chmod(0o600)


def rotations(broker, state):
    fields = [dict(leaf["fields"]) for leaf in broker.store.leaves("secrets.key_rotation")]
    return [one for one in fields if one["state"] == state]


def test_the_key_is_changed_under_load_and_the_old_one_is_not_needed_any_more(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    token = broker.token()
    seal(broker, FIRST)
    broker.get("/v1/orders?before", token=token)
    old_session = broker.settle().sessions()[0]["id"]
    write_key(broker, "new.key")
    copy, old_key = broker.directory / "copy.db", broker.directory / "keys/old.copy"
    assert broker.cli("audit", "snapshot", "--out", copy).returncode == 0
    write_key(broker, "old.copy", (broker.directory / "keys/secrets.key").read_text())
    load = Load(broker.port, token, connections=8, tag="rot")
    wait_until(lambda: len(load.answers) > 200, 30, "load")
    broker.changed(lambda config: config.update(
        secrets={"key": "file:keys/new.key", "previous_key": "file:keys/secrets.key"}))
    broker.reload()
    wait_until(lambda: rotations(broker, "end"), 30, "the end of the change")
    seal(broker, SECOND)
    answered = len(load.answers)
    wait_until(lambda: len(load.answers) > answered + 200, 30, "more load")
    load.stop()
    assert load.statuses() == {200: len(load.answers)}
    assert rotations(broker, "end")[-1]["unreadable"] == "0"
    assert "previous_key is no longer needed" in broker.log()
    assert broker.get("/debug/headers", target="direct", token=token).status == 200
    assert broker.stop() == 0
    assert broker.verify().returncode == 0

    (broker.directory / "keys/secrets.key").unlink()
    broker.changed(lambda config: config.update(secrets={"key": "file:keys/new.key"}))
    assert broker.verify().returncode == 0
    assert "/v1/orders?before" in broker.cli("replay", old_session).stdout
    # A copy made before is read with the key of then, and says so.
    of_then = run("audit", "verify", "--store", f"sqlite:{copy}", "--key-file", old_key)
    assert of_then.returncode == 0, of_then.stderr
    of_now = run("audit", "verify", "--store", f"sqlite:{copy}", "--key-file",
                 broker.directory / "keys/new.key")
    assert of_now.returncode == 2 and "this is not the `secrets.key`" in of_now.stderr
    broker.start()
    assert broker.get("/debug/headers", target="direct", token=broker.token()).status == 200
    assert [use["version"] for use in injected(broker) if use["reference"] == "secret:crm"][-1] == "2"


def test_a_wrong_key_is_a_clear_error_and_changes_nothing(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    token = broker.token()
    seal(broker, FIRST)
    write_key(broker, "new.key")
    write_key(broker, "third.key", "yet-another-key-0123456789")
    good = broker.config
    for wrong in ({"key": "file:keys/new.key"},
                  {"key": "file:keys/new.key", "previous_key": "file:keys/third.key"}):
        before = len(broker.log())
        broker.changed(lambda config, wrong=wrong: config.update(secrets=wrong))
        broker.reload()
        wait_until(lambda: "name that one as secrets.previous_key" in broker.log()[before:], 10,
                   "the complaint")
        assert broker.get("/debug/headers", target="direct", token=token).status == 200
    assert broker.stop() == 0
    refused = run("serve", "--config", broker.config_path)
    assert refused.returncode == 2 and "another `secrets.key`" in refused.stderr
    told = broker.cli("audit", "verify")
    assert told.returncode != 0 and "secrets.key" in told.stderr
    broker.config = good
    broker.write_config()
    broker.start()
    assert broker.get("/debug/headers", target="direct", token=broker.token()).status == 200


def test_a_change_that_was_killed_goes_on_at_the_next_start(make_broker):
    broker = make_broker(change=refer("secret:crm")).start()
    seal(broker, FIRST)
    broker.get("/v1/orders", token=broker.token())
    assert broker.stop() == 0
    write_key(broker, "new.key")
    broker.changed(lambda config: config.update(
        secrets={"key": "file:keys/new.key", "previous_key": "file:keys/secrets.key"}))
    broker.start()
    broker.child.kill()
    # Whether or not it was over: the next start ends it, or has nothing left to do.
    broker.start()
    wait_until(lambda: rotations(broker, "end"), 30, "the end of the change")
    assert broker.get("/debug/headers", target="direct", token=broker.token()).status == 200
    assert broker.stop() == 0
    broker.start()
    wait_until(lambda: "secrets.previous_key is no longer needed: take it out" in broker.log(), 10, "the hint")
    assert broker.stop() == 0
    broker.changed(lambda config: config.update(secrets={"key": "file:keys/new.key"}))
    assert broker.verify().returncode == 0


def test_the_key_is_a_credential_of_the_service_manager_or_what_a_program_prints(make_broker, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "store-key").write_text(NEW_KEY + "\n")
    (credentials / "store-key").chmod(0o440)
    manager = {"CREDENTIALS_DIRECTORY": str(credentials)}
    broker = make_broker(change=lambda config: (
        refer("secret:crm")(config), config.update(secrets={"key": "credential:store-key"})))
    refused = run("serve", "--config", broker.config_path)
    assert refused.returncode == 2 and "$CREDENTIALS_DIRECTORY" in refused.stderr
    broker.start(env=manager)
    assert broker.cli("secret", "set", "crm", stdin=FIRST).returncode == 0
    assert broker.get("/debug/headers", target="direct", token=broker.token()).status == 200
    assert broker.stop() == 0
    # The same key, from elsewhere.
    broker.changed(lambda config: config.update(secrets={"key": f"exec:/bin/cat {credentials}/store-key"}))
    broker.start()
    assert broker.get("/debug/headers", target="direct", token=broker.token()).status == 200
    assert broker.stop() == 0
    broker.changed(lambda config: config.update(secrets={"key": "exec:/bin/false"}))
    refused = run("serve", "--config", broker.config_path)
    assert refused.returncode == 2 and "/bin/false ended with status 1" in refused.stderr


def test_a_value_given_on_a_terminal_is_asked_twice_and_not_shown(make_broker):
    broker = make_broker()
    told = type_at_a_terminal(["secret", "set", "crm"], broker, [FIRST, FIRST])
    assert "version 1" in told and FIRST not in told
    told = type_at_a_terminal(["secret", "set", "crm"], broker, [FIRST, SECOND])
    assert "not the same" in told and FIRST not in told


def type_at_a_terminal(arguments, broker, lines):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(PROGRAM, [PROGRAM, *arguments, "--config", str(broker.config_path)])
    told = b""
    for prompt, line in zip((b"Value: ", b"Again: "), lines):
        while not told.endswith(prompt):
            told += os.read(terminal, 1024)
        os.write(terminal, line.encode() + b"\n")
    while True:
        try:
            part = os.read(terminal, 1024)
        except OSError:
            break
        if not part:
            break
        told += part
    os.waitpid(pid, 0)
    os.close(terminal)
    return told.decode()
