"""Which gates are on in which minor, and which component an entry of the law follows."""

import pytest

from podlaw import schema
from podlaw.errors import LawError
from podlaw.law import Law
from podlaw.versions import changed

MINORS = [f"1.{minor}" for minor in range(28, 37)]
GATES = [  # the gate; the minors in which it is on by default; the first that knows it; the first in which it is locked
    ("SidecarContainers", MINORS[1:], "1.28", "1.33"),
    ("ContainerRestartRules", MINORS[7:], "1.34", None),
    ("RestartAllContainersOnContainerExits", MINORS[8:], "1.35", None),
    ("ChangeContainerStatusOnKubeletRestart", MINORS[:7], "1.28", None),
    ("PodReadyToStartContainersCondition", MINORS[1:], "1.28", None),
    ("PodObservedGenerationTracking", MINORS[6:], "1.33", "1.35"),
    ("KubeletCrashLoopBackOffMax", MINORS[7:], "1.32", None),
    ("ReduceDefaultCrashLoopBackOffDecay", [], "1.33", None),
    ("PodLifecycleSleepAction", MINORS[2:], "1.29", "1.34"),
    ("ClearingNominatedNodeNameAfterBinding", MINORS[7:], "1.34", None),
    ("PodLifecycleSleepActionAllowZero", MINORS[5:], "1.32", "1.34"),
    ("InPlacePodVerticalScaling", MINORS[5:], "1.28", "1.35"),
    ("InPlacePodVerticalScalingInitContainers", MINORS[8:], "1.36", None),
]
ENDED = {
    "metadata": {"name": "web", "uid": "u-1", "deletionTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"containers": [{"name": "app"}]},
    "status": {"phase": "Succeeded", "containerStatuses": [{"name": "app", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]},
}


def accepted(minor: str, gate: str) -> bool:
    try:
        Law(minor, gates={"kubelet": {gate: True}})
    except LawError:
        return False
    return True


@pytest.mark.parametrize(("gate", "on", "known", "locked"), GATES, ids=[gate for gate, *_ in GATES])
def test_a_gate_is_on_by_default_from_its_beta_on(gate: str, on: list[str], known: str, locked: str | None) -> None:
    assert on == [minor for minor in MINORS if ("kubelet", gate) in Law(minor).selection.on]


@pytest.mark.parametrize(("gate", "on", "known", "locked"), GATES, ids=[gate for gate, *_ in GATES])
def test_a_gate_can_be_set_from_the_minor_that_knows_it_until_it_is_locked(gate: str, on: list[str], known: str, locked: str | None) -> None:
    last = MINORS.index(locked) if locked else len(MINORS)
    assert MINORS[MINORS.index(known) : last] == [minor for minor in MINORS if accepted(minor, gate)]


def test_every_gate_is_listed_here() -> None:
    assert {gate for gate, *_ in GATES} == set(Law().whole.versions.read(schema.Versions).gates)


def test_restarting_all_containers_needs_container_rules_RESTART_24() -> None:
    law = Law("1.36", gates={"kubelet": {"ContainerRestartRules": False, "RestartAllContainersOnContainerExits": True}})
    assert ("kubelet", "RestartAllContainersOnContainerExits") not in law.selection.on


@pytest.mark.parametrize("gates", [{}, {"kubelet": {"ContainerRestartRules": False}}, {"apiserver": {"ReduceDefaultCrashLoopBackOffDecay": True}}])
def test_the_gates_that_differ_from_the_defaults_choose_the_same_law(gates: dict[str, dict[str, bool]]) -> None:
    law = Law("1.36", gates=gates)
    given = changed(law.whole.versions, law.selection)
    assert set(gates) == set(given)
    assert law.selection == Law("1.36", gates=given).selection


@pytest.mark.parametrize(("apiserver", "kubelet", "status"), [("1.31", "1.28", "Completed"), ("1.30", "1.28", "Terminating"), ("1.31", "1.31", "Completed")])
def test_the_columns_follow_the_api_server_COL_10(apiserver: str, kubelet: str, status: str) -> None:
    assert status == Law(apiserver=apiserver, kubelet=kubelet).columns(ENDED)["status"]


@pytest.mark.parametrize(("minor", "reason"), [("1.34", "ContainersNotReady"), ("1.35", "UnknownContainerStatuses")])
def test_the_conditions_follow_the_kubelet_COND_01(minor: str, reason: str) -> None:
    bare = {"metadata": {"name": "web", "uid": "u-1"}, "spec": {"initContainers": [{"name": "setup"}], "containers": [{"name": "app"}]}}
    law = Law(apiserver="1.36", kubelet=minor)
    assert [reason, reason, reason.replace("ContainersNotReady", "ContainersNotInitialized")] == [c["reason"] for c in law.conditions(bare)]


@pytest.mark.parametrize(("kubelet", "phase"), [("1.32", "Pending"), ("1.31", "Running")])
def test_the_phase_follows_the_kubelet_PHASE_02(kubelet: str, phase: str) -> None:
    """Until 1.31 an app container that has run ends initialization for the phase."""
    statuses = {"containerStatuses": [{"name": "app", "state": {"running": {}}}], "initContainerStatuses": [{"name": "setup", "state": {"running": {}}}]}
    pod = {"metadata": {"name": "web", "uid": "u-1"}, "spec": {"initContainers": [{"name": "setup"}], "containers": [{"name": "app"}]}, "status": statuses}
    assert phase == Law(apiserver="1.34", kubelet=kubelet).phase(pod)
