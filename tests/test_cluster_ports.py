"""Pods on one node, or about to be: who holds a port of the host, for the scheduler and for the kubelet."""

from __future__ import annotations

import pytest

from neighbours import Manifest, life, node_of, pod, port
from podlaw.cluster import Cluster
from podlaw.law import Law


@pytest.mark.parametrize(
    ("first", "second", "clashes"),
    [
        ({}, {}, True),
        ({"hostIP": "127.0.0.1"}, {}, True),
        ({"hostIP": "0.0.0.0"}, {"hostIP": "127.0.0.1"}, True),  # noqa: S104 - nothing is bound here
        ({"hostIP": "127.0.0.1"}, {"hostIP": "127.0.0.1"}, True),
        ({"hostIP": "127.0.0.1"}, {"hostIP": "127.0.0.2"}, False),
        ({"protocol": "UDP"}, {}, False),
        ({"hostPort": 81, "containerPort": 81}, {}, False),
    ],
)
def test_two_pods_share_a_node_unless_port_protocol_and_address_meet_NET_06(first: Manifest, second: Manifest, clashes: bool) -> None:
    cluster = Cluster([port("a", first), port("b", second)], ["n"])
    assert ("n", "" if clashes else "n") == (node_of(cluster, "a"), node_of(cluster, "b"))


@pytest.mark.parametrize(("law", "node"), [("1.32", "n"), ("1.33", "")])
def test_the_ports_of_sidecars_count_since_1_33_NET_07(law: str, node: str) -> None:
    sidecar = {"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 80, "hostPort": 80}]}
    cluster = Cluster([port("a"), pod("b", initContainers=[sidecar])], ["n"], law=Law(law))
    assert node == node_of(cluster, "b")


def test_the_scheduler_takes_the_next_node_where_a_port_is_taken() -> None:
    cluster = Cluster([port("a"), port("b"), port("c")])
    assert ["node-a", "node-b", ""] == [node_of(cluster, uid) for uid in "abc"]


def test_the_scheduler_counts_a_port_until_the_pod_has_ended_NET_08() -> None:
    cluster = Cluster([port("a"), port("b")], ["n"])
    cluster.apply("exit", "a", container="app", code=0)
    assert ("Succeeded", "n") == (cluster.pod("a").phase, node_of(cluster, "b"))


def test_the_kubelet_frees_a_port_before_the_scheduler_does_ADMIT_03() -> None:
    """The kubelet has stopped the pod, and the published phase still says Running."""
    cluster = Cluster([port("a"), port("bound", nodeName="m"), port("b")], ["n", "m"])
    cluster.eager = False
    cluster.apply("delete", "a", grace=30)
    for event in ("relist", "begin_terminating"):
        cluster.apply(event, "a")
    cluster.apply("exit", "a", container="app", code=0)
    for event in ("stop_sandbox", "end_terminating"):
        cluster.apply(event, "a")
    decide = cluster.law.functions
    assert (True, False) == (decide["holds_for_scheduler"](life(cluster, "a")), decide["holds_for_kubelet"](life(cluster, "a")))
    assert not cluster.allows("bind", "b", node="n")


def test_the_kubelet_forgets_a_pod_deleted_by_force_and_its_port_while_it_still_runs_NET_08() -> None:
    cluster = Cluster([port("a"), port("b")], ["n"], eager=False)
    cluster.settle()
    cluster.apply("delete", "a", grace=0)
    cluster.apply("drop", "a")
    running = life(cluster, "a").processes[0].run.state
    cluster.settle()
    assert ("running", "n", "Running") == (running, node_of(cluster, "b"), cluster.pod("b").phase)


def test_a_kubelet_rejects_a_bound_pod_whose_port_is_taken_ADMIT_03() -> None:
    cluster = Cluster([port("a", nodeName="n"), port("b", nodeName="n")], ["n"])
    assert ("Running", "Failed", "NodePorts", "none") == (cluster.pod("a").phase, cluster.pod("b").phase, cluster.pod("b").reason, life(cluster, "b").worker)
