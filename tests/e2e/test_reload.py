"""SIGHUP: a new configuration or policy takes effect without dropping anything; a broken one does not."""

import copy
import shutil
import ssl

from support.broker import POLICY, yaml
from support.client import Connection, request
from support.load import Load
from support.process import wait_until


def policy_named(name, effect="allow"):
    """A policy whose only rule for reads has this id."""
    return {"version": 1,
            "roles": [{"name": "tester", "groups": ["agents"], "targets": ["*"], "rules": [name]}],
            "rules": [{"id": name, "when": {"action": "read"}, "effect": effect}]}


def changes(broker, kind):
    return broker.store.query(f"SELECT * FROM changes WHERE kind LIKE '%{kind}%'")


def reload_and_wait(broker, kind="policy"):
    before = len(changes(broker, kind))
    broker.reload()
    wait_until(lambda: len(changes(broker, kind)) > before, 10, f"the change of {kind}")


def test_a_new_policy_judges_the_next_request_of_an_open_connection(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/orders/v1/orders", token))
        assert connection.response().status == 200
        broker.write_policy(policy_named("closed", "deny"))
        reload_and_wait(broker)
        connection.send(request("GET", "/orders/v1/orders", token))
        refused = connection.response()
        assert (refused.status, refused.json()["rule"]) == (403, "closed")


def test_a_running_answer_survives_a_reload(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/direct/slow?seconds=2", token))
        connection.head()
        connection.content_until(b"line 0\n")
        broker.write_policy(policy_named("closed", "deny"))
        reload_and_wait(broker)
        connection._take_until(b"\r\n0\r\n\r\n")


def test_a_new_target_and_a_new_limit_take_effect(broker, token):
    assert broker.get("/v1/orders", target="fresh", token=token).status in (403, 404)
    added = {"name": "fresh", "protocol": "http", "url": f"http://127.0.0.1:{broker.world.nginx.port}"}
    broker.changed(lambda config: config["targets"].append(added))
    reload_and_wait(broker, "config")
    assert broker.get("/v1/orders", target="fresh", token=token).status == 200
    assert broker.verify().returncode == 0


def test_fault_31_a_broken_policy_keeps_the_old_one_and_says_why(broker, token):
    for broken in ("", "version: 1\nrules: [", "version: 1\nroles: []\nrulez: []\n",
                   yaml.dump({**POLICY, "rules": POLICY["rules"][:1] + [{"id": "x", "efect": "allow"}]})):
        broker.write_policy(broken)
        before = len(broker.log())
        broker.reload()
        wait_until(lambda: "policy.yaml" in broker.log()[before:], 10, "the complaint")
        assert broker.get("/v1/orders", token=token).status == 200
        assert broker.get("/v1/orders/7", "-X", "DELETE", token=token).status == 403
    broker.policy_path.unlink()
    before = len(broker.log())
    broker.reload()
    wait_until(lambda: "policy.yaml" in broker.log()[before:], 10, "the complaint")
    assert broker.get("/v1/orders", token=token).status == 200
    broker.write_policy(policy_named("mended"))
    reload_and_wait(broker)
    broker.get("/v1/orders?mended", token=token)
    assert broker.commands("text LIKE '%mended'")[0]["rule"] == "mended"


def test_a_broken_configuration_keeps_the_old_one_whole(broker, token):
    good = copy.deepcopy(broker.config)
    broker.write_policy(policy_named("closed", "deny"))  # good, but must not be taken with a bad config
    broker.changed(lambda config: config["targets"][0].update(urll="x"))
    before = len(broker.log())
    broker.reload()
    wait_until(lambda: "urll" in broker.log()[before:], 10, "the complaint")
    assert broker.get("/v1/orders", token=token).status == 200
    broker.config = good
    broker.write_config()
    reload_and_wait(broker)
    assert broker.get("/v1/orders", token=token).status == 403


def test_fault_32_under_load_each_command_is_judged_by_exactly_one_policy(broker, token):
    """Two policies in turn while requests run: each decision is wholly one or the other, and both occur."""
    names = ["reads-a", "reads-b"]
    broker.write_policy(policy_named(names[0]))
    reload_and_wait(broker)
    load = Load(broker.port, token, connections=12, tag="rl")
    for turn in range(1, 7):
        answered = len(load.answers)
        wait_until(lambda: len(load.answers) > answered + 200, 30, "load")
        broker.write_policy(policy_named(names[turn % 2]))
        reload_and_wait(broker)
    load.stop()
    assert load.statuses() == {200: len(load.answers)}
    rows = broker.commands("text LIKE '%n=rl%'")
    assert len(rows) == len(load.answers)
    assert {row["rule"] for row in rows} == set(names)
    ids = policy_ids(broker, rows)
    assert len(ids) == len(rows)
    by_rule = {}
    for event, policy_id in ids.items():
        rule = next(row["rule"] for row in rows if row["event"] == event)
        by_rule.setdefault(rule, set()).add(policy_id)
    assert all(len(found) == 1 for found in by_rule.values()), by_rule
    assert by_rule["reads-a"].isdisjoint(by_rule["reads-b"])
    assert broker.verify().returncode == 0


def policy_ids(broker, rows):
    """event → the policy version that its intent names."""
    wanted = {row["event"] for row in rows}
    return {leaf["n"]: leaf["policy"] for leaf in broker.store.leaves("intent") if leaf["n"] in wanted}


def test_a_new_certificate_is_served_after_a_reload(make_broker, world):
    broker = make_broker(change=lambda config: (
        config["listen"]["http"].update(tls=True),
        config.update(tls={"certificate": "keys/mine.crt", "key": "keys/mine.key"})))

    def use(certificate, key):
        shutil.copy(certificate, broker.directory / "keys/mine.crt")
        shutil.copy(key, broker.directory / "keys/mine.key")

    use(world.certificate, world.key)
    broker.start()
    first = ssl.get_server_certificate(("127.0.0.1", broker.port))
    use(*world.authority.issue("second"))
    broker.reload()
    wait_until(lambda: ssl.get_server_certificate(("127.0.0.1", broker.port)) != first, 10, "the new one")
