"""What a node and its kubelet do to pods by themselves: pressure, preemption, shutdown, taints, and a second look after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from neighbours import Manifest, life, pod
from podlaw.cluster import Cluster
from podlaw.errors import EventError
from podlaw.world import Budget, Controller, FailureRule, Node

CRITICAL = 2_000_000_000
SIZED = {"name": "app", "resources": {"requests": {"cpu": "100m"}}}
BEARS_MEMORY = {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}


def outcome(cluster: Cluster, uid: str) -> tuple[str, str]:
    return cluster.pod(uid).phase, cluster.pod(uid).reason


def admitted(manifest: Manifest, **node: Any) -> tuple[str, str]:
    """Return what becomes of a pod on a node that is so."""
    return outcome(Cluster([manifest], [Node("n", **node)]), "a")


@pytest.mark.parametrize(
    ("spec", "pressure", "reason"),
    [
        ({}, "none", ""),
        ({}, "memory", "Evicted"),
        ({"tolerations": [BEARS_MEMORY]}, "memory", ""),
        ({"tolerations": [{"operator": "Exists"}]}, "memory", ""),
        ({"tolerations": [{**BEARS_MEMORY, "effect": "NoExecute"}]}, "memory", "Evicted"),
        ({"containers": [SIZED]}, "memory", ""),
        ({"containers": [{"name": "app", "resources": {"limits": {"memory": "1Gi"}}}]}, "memory", ""),
        ({"containers": [{"name": "app", "resources": {"requests": {"cpu": "0", "example.com/gpu": "1"}}}]}, "memory", "Evicted"),
        ({"resources": {"requests": {"cpu": 1}}}, "memory", ""),
        ({"containers": [SIZED], "tolerations": [BEARS_MEMORY]}, "disk", "Evicted"),
        ({"priority": CRITICAL}, "disk", ""),
        ({"priority": CRITICAL - 1}, "disk", "Evicted"),
    ],
)
def test_a_node_under_pressure_admits_only_what_bears_it_TERM_43(spec: Manifest, pressure: str, reason: str) -> None:
    assert ("Failed" if reason else "Running", reason) == admitted(pod("a", **spec), pressure=pressure)


@pytest.mark.parametrize(
    ("tolerations", "reason"),
    [
        ([], "TaintToleration"),
        ([{"key": "k", "operator": "Exists"}], ""),
        ([{"key": "k", "value": "", "effect": "NoExecute"}], ""),
        ([{"key": "k", "value": "v"}], "TaintToleration"),
        ([{"key": "k", "operator": "Exists", "effect": "NoSchedule"}], "TaintToleration"),
        ([{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}], ""),
    ],
)
def test_a_kubelet_rejects_who_does_not_tolerate_a_taint_that_others_evict_for_ADMIT_04(tolerations: list[Manifest], reason: str) -> None:
    assert reason == admitted(pod("a", nodeName="n", tolerations=tolerations), taint="NoExecute", key="k")[1]


def test_a_static_pod_is_admitted_whatever_the_taint_ADMIT_04() -> None:
    manifest = pod("a", nodeName="n")
    manifest["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    assert admitted(manifest, taint="NoExecute") == ("Running", "")


def test_a_node_that_shuts_down_ends_its_pods_and_takes_no_more_TERM_44() -> None:
    cluster = Cluster([pod("a"), pod("b")], ["n"])
    with pytest.raises(EventError, match="its node shuts down"):
        cluster.apply("evict", "a", reason="Terminated")
    cluster.apply("shut_down", "n")
    cluster.add(pod("late"))
    for uid, code in (("a", 137), ("b", 0)):
        cluster.apply("evict", uid)
        cluster.apply("exit", uid, container="app", code=code)
    ends = [outcome(cluster, uid) for uid in ("a", "b", "late")]
    assert [("Failed", "Terminated"), ("Succeeded", ""), ("Failed", "NodeShutdown")] == ends
    assert ["TerminationByKubelet", "TerminationByKubelet", ""] == [cluster.pod(uid).DisruptionTarget.reason for uid in ("a", "b", "late")]


def test_a_node_evicts_one_pod_after_another_and_no_critical_one_TERM_42() -> None:
    cluster = Cluster([pod("a"), pod("b"), pod("c", priority=CRITICAL)], ["n"])
    cluster.apply("lack_disk", "n")
    cluster.apply("evict", "a")
    with pytest.raises(EventError, match="the pod evicted before it has stopped"):
        cluster.apply("evict", "b", reason="Evicted")
    with pytest.raises(EventError, match="a critical pod is never evicted"):
        cluster.apply("evict", "c", reason="Evicted")
    cluster.apply("exit", "a", container="app", code=137)
    cluster.apply("evict", "b")
    assert [("Failed", "Evicted"), ("Running", "")] == [outcome(cluster, uid) for uid in ("a", "b")]
    assert (False, []) == (cluster.pod("a").deleting, cluster.broken)


def test_a_slow_pod_holds_up_the_eviction_of_others_for_ten_seconds_only_TERM_42() -> None:
    cluster = Cluster([pod("a"), pod("b")], ["n"])
    cluster.apply("lack_disk", "n")
    cluster.apply("evict", "a")
    cluster.wait(10)
    assert cluster.allows("evict", "b")


@pytest.mark.parametrize(("new", "victim", "allowed"), [(CRITICAL, 0, True), (CRITICAL + 1, CRITICAL, True), (CRITICAL, CRITICAL, False), (1000, 0, False)])
def test_a_kubelet_preempts_for_critical_pods_only_ADMIT_05(new: int, victim: int, allowed: bool) -> None:
    cluster = Cluster([pod("a", priority=victim), pod("b", priority=new)], ["n"])
    assert allowed == cluster.allows("evict", "a", reason="Preempting")


def test_a_kubelet_that_restarts_stops_what_its_node_no_longer_bears_ADMIT_02() -> None:
    cluster = Cluster([pod("a", restartPolicy="Always")], ["n"])
    for event in ("fail_node", "taint_node", "return_node"):
        cluster.apply(event, "n")
    assert ("Running", "terminating") == (cluster.pod("a").phase, life(cluster, "a").worker)
    cluster.apply("exit", "a", container="app", code=143)
    assert ("Failed", "TaintToleration") == outcome(cluster, "a")
    assert [] == cluster.broken


def test_only_who_tolerates_a_taint_for_ever_is_not_evicted_for_it_TERM_51() -> None:
    """Of itself every pod tolerates a silent node for a while."""
    cluster = Cluster([pod("a", nodeName="n"), pod("b", nodeName="n", tolerations=[{"operator": "Exists"}])], [Node("n", ready="Unknown")])
    assert [True, False] == [cluster.allows("disrupt", uid, reason="DeletionByTaintManager") for uid in ("a", "b")]



# ---- budgets


def evictable(cluster: Cluster) -> list[str]:
    return [uid for uid in cluster.pods if cluster.allows("disrupt", uid, reason="EvictionByEvictionAPI")]


def guarded(*budgets: Budget) -> Cluster:
    """Return three pods that run, of which `late` is not ready."""
    probed = pod("late", containers=[{"name": "app", "readinessProbe": {}}])
    return Cluster([pod("a"), pod("b"), probed], ["n"], budgets=budgets)


@pytest.mark.parametrize(
    ("budgets", "free"),
    [
        ((), ["a", "b", "late"]),
        ((Budget("x", ("a", "b", "late"), 1),), ["a", "b", "late"]),
        ((Budget("x", ("a", "b", "late"), 2),), ["late"]),
        ((Budget("x", ("a", "b", "late"), 3),), []),
        ((Budget("x", ("a", "b", "late"), 3, unready=True),), ["late"]),
        ((Budget("x", ("late",), 0),), ["a", "b"]),
        ((Budget("x", ("a", "late"), 0), Budget("y", ("a",), 0)), ["b", "late"]),
    ],
)
def test_the_eviction_api_takes_what_the_budget_of_a_pod_allows_TERM_40(budgets: tuple[Budget, ...], free: list[str]) -> None:
    assert free == evictable(guarded(*budgets))


def test_who_is_evicted_counts_as_gone_before_it_is_deleted_TERM_40() -> None:
    cluster = guarded(Budget("x", ("a", "b"), 1))
    cluster.apply("disrupt", "a", reason="EvictionByEvictionAPI")
    assert ["late"] == evictable(cluster)
    cluster.apply("delete", "b", grace=30)
    assert ["b", "late"] == evictable(cluster)


# ---- Jobs


def job(uid: str) -> Manifest:
    return pod(uid, owner="Job/work")


def replaced(*codes: int, delete: bool = False, **more: Any) -> bool:
    """Return whether a Job makes another pod after its pods have exited with some codes, or one is being deleted."""
    cluster = Cluster([job(f"p{i}") for i in range(max(len(codes), 1))], ["n"], controllers=[Controller("Job", "work", **{"replicas": 1, **more})])
    for i, code in enumerate(codes):
        cluster.apply("exit", f"p{i}", container="app", code=code)
    if delete:
        cluster.apply("delete", "p0", grace=30)
    return cluster.allows("appear", cluster.add(job("next"), absent=True))


@pytest.mark.parametrize(
    ("codes", "more", "again"),
    [
        ((), {}, False),
        ((0,), {}, False),
        ((1,), {}, True),
        ((1, 1), {"limit": 1}, False),
        ((0, 1), {"replicas": 2}, True),
        ((), {"delete": True}, True),
        ((), {"delete": True, "replacement": "Failed"}, False),
        ((), {"delete": True, "failures": (FailureRule("Count", values=(1,)),)}, False),
        ((1,), {"failures": (FailureRule("FailJob", values=(1,)),)}, False),
        ((2,), {"failures": (FailureRule("FailJob", values=(1,)),)}, True),
        ((2,), {"failures": (FailureRule("FailJob", operator="NotIn", values=(1,)),)}, False),
        ((1,), {"failures": (FailureRule("FailJob", container="other", values=(1,)),)}, True),
        ((1,), {"failures": (FailureRule("Ignore", values=(1,)), FailureRule("FailJob", values=(1,)))}, True),
        ((1,), {"limit": 0, "failures": (FailureRule("Ignore", values=(1,)),)}, True),
        ((1,), {"limit": 0, "failures": (FailureRule("FailIndex", values=(1,)),)}, False),
    ],
)
def test_a_job_replaces_what_failed_as_its_policies_and_limit_have_it_CTRL_05(codes: tuple[int, ...], more: dict[str, Any], again: bool) -> None:
    assert again == replaced(*codes, **more)


def test_a_job_may_ignore_a_pod_that_its_kubelet_ended_CTRL_06() -> None:
    rules = (FailureRule("Ignore", disruption="True"), FailureRule("FailJob", operator="NotIn", values=(0,)))
    cluster = Cluster([job("a")], ["n"], controllers=[Controller("Job", "work", limit=0, failures=rules)])
    cluster.apply("shut_down", "n")
    cluster.apply("evict", "a")
    cluster.apply("exit", "a", container="app", code=143)
    assert cluster.allows("appear", cluster.add(job("next"), absent=True))


@pytest.mark.parametrize(("owner", "policy", "made"), [("Job/work", "Always", False), ("ReplicaSet/web", "Never", False), ("ReplicaSet/web", "Always", True)])
def test_a_controller_makes_pods_of_the_restart_policy_that_its_template_may_have_CTRL_07(owner: str, policy: str, made: bool) -> None:
    kind, _, name = owner.partition("/")
    cluster = Cluster([], ["n"], controllers=[Controller(kind, name)])
    assert made == cluster.allows("appear", cluster.add(pod("a", owner=owner, restartPolicy=policy), absent=True))
