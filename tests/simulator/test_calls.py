"""Each documented call answers in the documented shape."""

import pytest

from tests.builders.simulator import FakeClock, a_create_body, a_world, an_app, an_upgrade_body, ask, create

SEED_EXAMPLE = {
    "name": "gpu-test",
    "productId": "26",
    "gpuNum": 1,
    "cpuNum": 0,
    "memory": 0,
    "diskSize": 60,
    "rootfsSize": 30,
    "imageUrl": "infrai/pytorch:2.2.1",
    "imageAuth": "",
    "ports": "8080/tcp,8081/http",
    "envs": [{"key": "test", "value": "test"}],
    "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
    "command": "",
    "clusterId": "",
    "localStorageMountPoint": "/workspace",
    "networkStorages": [
        {"Id": "e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", "mountPoint": "/network_0"},
        {"Id": "b924cdf5-82ec-4903-bdb2-74a03f2b0ae7", "mountPoint": "/network_1"},
    ],
    "networkId": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e",
    "kind": "gpu",
}


def test_create_answers_an_id_and_nothing_else() -> None:
    """Neither the cluster nor a status comes with it."""
    answer = ask(an_app(a_world()), "create", a_create_body())

    assert (answer.status_code, answer.json()) == (200, {"id": "0000000000000001"})


@pytest.mark.parametrize("seed_fields", [False, True])
def test_the_example_of_the_documentation_can_be_created(seed_fields: bool) -> None:
    """The body of the API's own page is taken as it stands, and everything in it that can be read back is."""
    app = an_app(a_world(), seed_fields=seed_fields)

    answer = ask(app, "create", SEED_EXAMPLE)

    shown = ask(app, "get", instanceId=answer.json()["id"]).json()
    assert shown["envs"] == [{"key": "test", "value": "test"}]
    assert shown["network"] == {"id": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e", "ip": ""}
    assert [(mount["type"], mount["mountPath"]) for mount in shown["volumeMounts"]] == [
        ("network", "/network_0"),
        ("network", "/network_1"),
        ("local", "/workspace"),
    ]


def test_get_shows_an_instance_as_it_runs() -> None:
    """Numbers are strings, http ports have an address, and the ways in are open."""
    clock = FakeClock(at=1_756_959_094)
    app = an_app(a_world(clock))
    instance_id = create(app, gpuNum=2, ports="8080/tcp,8081/http", clusterId="as-sgp-2")
    clock.advance(4)

    shown = ask(app, "get", instanceId=instance_id).json()

    assert (
        shown.items()
        >= {
            "id": instance_id,
            "name": "trainer",
            "status": "running",
            "statusError": {"state": "", "message": ""},
            "clusterId": "as-sgp-2",
            "clusterName": "AS-SGP-02 (Singapore)",
            "productId": "4090.16c62g",
            "productName": "RTX 4090 24GB",
            "rootfsSize": 60,
            "gpuNum": "2",
            "cpuNum": "32",
            "memory": "124",
            "billingMode": "onDemand",
            "endTime": "-1",
            "spotStatus": "",
            "spotReclaimTime": "0",
            "createdAt": "1756959094",
            "kind": "gpu",
        }.items()
    )
    tcp, http = shown["portMappings"]
    assert (http["port"], http["type"]) == (8081, "http")
    assert http["endpoint"] == f"https://{instance_id}-8081.as-sgp-2.gpu-instance.simulator.invalid"
    assert tcp["endpoint"].startswith("proxy.as-sgp-2.gpu-instance.simulator.invalid:")
    assert shown["connectComponentSSH"]["isRunning"] is True
    assert shown["connectComponentSSH"]["password"].startswith("not-a-real-password-")


def test_a_running_instance_has_no_endpoints_at_first() -> None:
    """`running` doesn't mean that it can be reached."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app, ports="8080/http")
    clock.advance(3.2)

    shown = ask(app, "get", instanceId=instance_id).json()

    assert (shown["status"], shown["portMappings"][0]["endpoint"]) == ("running", "")
    assert shown["connectComponentSSH"] == {"sshCommand": "", "password": "", "isRunning": False}


def test_ssh_has_another_port_and_password_after_each_start() -> None:
    """What was noted down before a restart leads nowhere."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    clock.advance(4)
    before = ask(app, "get", instanceId=instance_id).json()["connectComponentSSH"]
    ask(app, "restart", {"instanceId": instance_id})
    clock.advance(4)

    after = ask(app, "get", instanceId=instance_id).json()["connectComponentSSH"]

    assert before["sshCommand"] != after["sshCommand"]
    assert before["password"] != after["password"]


def test_a_list_row_has_text_where_get_has_numbers() -> None:
    """The size of a mount is one of the places."""
    app = an_app(a_world())
    instance_id = create(app, diskSize=60, localStorageMountPoint="/workspace", envs=[{"key": "A", "value": "b"}])

    page = ask(app, "list", pageSize=100, pageNum=0).json()

    (row,) = page["instances"]
    detail = ask(app, "get", instanceId=instance_id).json()
    assert page["total"] == 1
    assert row["envs"] == [{"key": "A", "value": "b"}]
    assert row["volumeMounts"] == [{"type": "local", "size": "60", "id": "", "mountPath": "/workspace"}]
    assert detail["volumeMounts"] == [{"type": "local", "size": 60, "id": "", "mountPath": "/workspace"}]
    assert "connectComponentSSH" not in row


def test_stop_and_start_answer_the_id_and_the_state() -> None:
    """They don't answer the instance."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    clock.advance(3)
    stopped = ask(app, "stop", {"instanceId": instance_id}).json()
    clock.advance(3)

    started = ask(app, "start", {"instanceId": instance_id}).json()

    assert stopped == {"instanceId": instance_id, "state": "toStop"}
    assert started == {"instanceId": instance_id, "state": "toStart"}


@pytest.mark.parametrize("call", ["restart", "delete"])
def test_restart_and_delete_answer_an_empty_object(call: str) -> None:
    """A client that reads every answer as JSON gets JSON."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    clock.advance(3)

    answer = ask(app, call, {"instanceId": instance_id})

    assert (answer.status_code, answer.json()) == (200, {})


def test_edit_replaces_the_ports_and_adds_to_the_disk() -> None:
    """`expandRootDisk` is GB to add; ports that are not named are gone; nothing restarts."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app, ports="80/http,3306/tcp", rootfsSize=60)
    clock.advance(3)

    answer = ask(
        app, "edit", {"instanceId": instance_id, "ports": [{"port": 81, "type": "http"}], "expandRootDisk": 20}
    )

    assert answer.json() == {}
    assert (world.instances[instance_id].ports, world.instances[instance_id].rootfs_gb) == (((81, "http"),), 80)
    assert world.status(instance_id) == "running"


def test_edit_without_ports_keeps_them() -> None:
    """Only an empty list takes them all away."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app, ports="80/http")
    clock.advance(3)

    ask(app, "edit", {"instanceId": instance_id, "expandRootDisk": 1})
    kept = world.instances[instance_id].ports
    ask(app, "edit", {"instanceId": instance_id, "ports": []})

    assert (kept, world.instances[instance_id].ports) == (((80, "http"),), ())


def test_upgrade_replaces_everything_that_it_carries() -> None:
    """Image, environment, command and mounts; the instance passes through a reset and runs again."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app, envs=[{"key": "A", "value": "b"}], command="sleep", imageAuthId="auth-1")
    clock.advance(3)

    answer = ask(app, "upgrade", an_upgrade_body(instance_id))
    resetting = world.status(instance_id)
    clock.advance(2)

    instance = world.instances[instance_id]
    assert answer.json() == {}
    assert (resetting, world.status(instance_id)) == ("toReset", "running")
    assert (instance.image, instance.envs, instance.command) == ("pytorch/pytorch:2.7", (("RUN", "nightly"),), "run")
    assert (instance.mounts, instance.image_auth_id) == ((("vol-1", "/data"),), "")


def test_an_upgraded_instance_that_was_stopped_is_stopped_afterwards() -> None:
    """And it takes no GPU."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)
    ask(app, "stop", {"instanceId": instance_id})
    clock.advance(3)

    ask(app, "upgrade", an_upgrade_body(instance_id))
    clock.advance(3)

    assert world.status(instance_id) == "exited"
    assert world.free_gpus("4090.16c62g") == 100_000


def test_an_instance_can_be_turned_into_a_monthly_one_and_renewed() -> None:
    """Its end is so many months away."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    clock.advance(3)
    ask(app, "monthly", {"instanceId": instance_id, "month": 1})
    ends = int(ask(app, "get", instanceId=instance_id).json()["endTime"])

    ask(app, "renew", {"instanceId": instance_id, "month": 2})

    shown = ask(app, "get", instanceId=instance_id).json()
    assert shown["billingMode"] == "monthly"
    assert int(shown["endTime"]) - ends == 2 * 30 * 24 * 3600


def test_months_force_monthly_billing() -> None:
    """`month` above 0 outweighs the billing mode."""
    world = a_world()

    instance_id = create(an_app(world), month=2, billingMode="onDemand", autoRenew=True)

    instance = world.instances[instance_id]
    assert (instance.billing_mode, instance.months, instance.auto_renew) == ("monthly", 2, True)


def test_a_spot_instance_says_so() -> None:
    """Its spot status is no longer empty."""
    app = an_app(a_world())
    instance_id = create(app, billingMode="spot")

    shown = ask(app, "get", instanceId=instance_id).json()

    assert (shown["billingMode"], shown["spotStatus"], shown["spotReclaimTime"]) == ("spot", "running", "0")


SWITCHED = [
    ({"wrapped": True}, lambda shown: set(shown) == {"data"}),
    ({"product_in_get": False}, lambda shown: not {"productId", "rootfsSize"} & set(shown)),
    ({"envs_in_get": False}, lambda shown: "envs" not in shown),
    ({"blank_billing_mode": True}, lambda shown: shown["billingMode"] == ""),
    ({"tools_in_ports": True}, lambda shown: [port["port"] for port in shown["portMappings"]] == [80, 8888]),
]


@pytest.mark.parametrize(("switches", "holds"), SWITCHED, ids=[next(iter(switch)) for switch, _ in SWITCHED])
def test_get_can_be_worded_in_other_ways(switches, holds) -> None:  # type: ignore[no-untyped-def]
    """Public clients disagree about these, so each can be had."""
    app = an_app(a_world(), **switches)
    created = ask(
        app, "create", a_create_body(ports="80/http", tools=[{"name": "Jupyter", "port": "8888", "type": "http"}])
    ).json()

    shown = ask(app, "get", instanceId=created.get("data", created)["id"]).json()

    assert holds(shown)


def test_calls_can_answer_nothing_at_all() -> None:
    """A 200 without a body, as the service was seen to send."""
    app = an_app(a_world(), empty_bodies=True)

    answer = ask(app, "delete", {"instanceId": create(app)})

    assert (answer.status_code, answer.content) == (200, b"")
