"""How a kubelet stops containers: hooks, turns, the signal, and SIGKILL when its time is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from podlaw.cluster import Cluster
from podlaw.errors import EventError
from podlaw.law import Law
from podlaw.oracle import Oracle
from podlaw.pod import Process
from scopes import changed_law

HOOK: dict[str, Any] = {"lifecycle": {"preStop": {"exec": {"command": ["drain"]}}}}
SIDECAR = {"restartPolicy": "Always"}


def pod(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = (), grace: int = 10, policy: str = "Never") -> dict[str, Any]:
    spec = {"restartPolicy": policy, "terminationGracePeriodSeconds": grace, "containers": list(containers), "initContainers": list(init)}
    return {"metadata": {"name": "web", "uid": "web"}, "spec": spec}


def process(oracle: Oracle, name: str = "app") -> Process:
    return next(p for p in oracle.life.processes if p.spec.name == name)


def signals(oracle: Oracle) -> list[tuple[float, str, int]]:
    """Return every stop signal: when, to which container, and after how many seconds SIGKILL follows."""
    return [(e.time, e.values["container"], e.values["timeout"]) for e in oracle.history if e.event == "stop"]


def kills(oracle: Oracle) -> list[tuple[float, str]]:
    return [(e.time, e.values["container"]) for e in oracle.history if e.event == "kill"]


@pytest.mark.parametrize(("grace", "hook", "signal"), [(10, 3, (3, 7)), (10, 9, (9, 2)), (6, None, (6, 2)), (1, 0, (0, 2)), (0, None, (1, 2))])
def test_the_hook_counts_against_the_grace_period_and_two_seconds_are_left_TERM_11_TERM_12(grace: int, hook: int | None, signal: tuple[int, int]) -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}, grace=grace))
    oracle.apply("delete", grace=grace)
    for second in range(12):
        if second == hook:
            oracle.apply("pre_stop", container="app")
        oracle.apply("wait", seconds=1)
    assert [(signal[0], "app", signal[1])] == signals(oracle)


@pytest.mark.parametrize(("grace", "killed"), [(10, 10), (2, 2), (1, 2), (0, 2)])
def test_a_container_that_ignores_its_signal_is_killed_when_its_time_is_over_TERM_12(grace: int, killed: int) -> None:
    oracle = Oracle(pod({"name": "app"}))
    oracle.apply("delete", grace=grace)
    for _ in range(12):
        oracle.apply("wait", seconds=1)
    assert [(killed, "app")] == kills(oracle)
    assert (137, "Error", "killed") == (process(oracle).run.code, process(oracle).run.reason, process(oracle).stop)


@pytest.mark.parametrize("begun", [0.0, 1_800_000_000.4])
@pytest.mark.parametrize("waited", [0, 1, 7, 8, 9])
def test_an_oracle_gives_the_shortest_timeout_that_the_law_allows_TERM_11(waited: int, begun: float) -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}), now=begun)
    oracle.apply("delete", grace=10)
    oracle.apply("wait", seconds=waited)
    oracle.eager = False
    oracle.apply("pre_stop", container="app")
    shortest = next(seconds for seconds in range(12) if oracle.allows("stop", container="app", timeout=seconds))
    oracle.apply("stop", container="app")
    assert [shortest] == [seconds for _, _, seconds in signals(oracle)]


def test_a_grace_period_of_millennia_is_no_search_TERM_11() -> None:
    oracle = Oracle(pod({"name": "app"}, grace=(1 << 31) - 1))
    oracle.apply("delete")
    assert [(0, "app", (1 << 31) - 1)] == signals(oracle)


@pytest.mark.parametrize("shorter", [2, 0])
def test_a_shorter_grace_period_does_not_reach_a_stop_under_way_TERM_10(shorter: int) -> None:
    oracle = Oracle(pod({"name": "app"}, grace=60))
    oracle.apply("delete", grace=60)
    oracle.apply("wait", seconds=5)
    oracle.apply("delete", grace=shorter)
    oracle.apply("wait", seconds=54)
    assert [] == kills(oracle)
    oracle.apply("wait", seconds=1)
    assert [(60, "app")] == kills(oracle)


def test_sidecars_stop_last_in_the_reverse_of_their_order_TERM_14() -> None:
    oracle = Oracle(pod({"name": "app"}, {"name": "web"}, init=({"name": "first", **SIDECAR}, {"name": "second", **SIDECAR}), grace=20))
    oracle.apply("delete", grace=20)
    for name in ("app", "web", "second", "first"):
        oracle.apply("wait", seconds=1)
        oracle.apply("exit", container=name, code=0)
    assert [(0, "app", 20), (0, "web", 20), (2, "second", 18), (3, "first", 17)] == signals(oracle)


def test_a_sidecar_stops_when_its_own_grace_period_is_spent_TERM_14() -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}, init=({"name": "proxy", **SIDECAR},), grace=5))
    oracle.apply("delete", grace=5)
    for _ in range(8):
        oracle.apply("wait", seconds=1)
    assert [(5, "proxy", 2), (5, "app", 2)] == signals(oracle)


def test_a_sidecar_does_not_wait_for_one_after_the_next_TERM_14() -> None:
    """The kubelet lets each wait for the next alone, and forgets those behind one that does not run."""
    oracle = Oracle(pod({"name": "app"}, init=tuple({"name": name, **SIDECAR} for name in ("first", "second", "third"))))
    for _ in range(2):
        oracle.apply("exit", container="second", code=1)
    oracle.apply("delete", grace=10)
    oracle.apply("exit", container="app", code=0)
    assert [("second", "exited"), (0, "app", 10), (0, "first", 10), (0, "third", 10)] == [("second", process(oracle, "second").run.state), *signals(oracle)]


def test_the_hook_of_a_sidecar_does_not_wait_for_its_turn_TERM_14() -> None:
    oracle = Oracle(pod({"name": "app"}, init=({"name": "proxy", **SIDECAR, **HOOK},)))
    oracle.apply("delete", grace=10)
    assert ("hook", "signalled") == (process(oracle, "proxy").stop, process(oracle).stop)
    oracle.apply("pre_stop", container="proxy")
    assert "turn" == process(oracle, "proxy").stop


def test_without_sidecars_there_is_no_order_TERM_15() -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}, {"name": "web"}))
    oracle.apply("delete", grace=10)
    assert [(0, "web", 10)] == signals(oracle)


def test_a_kubelet_of_1_28_stops_sidecars_with_the_rest_TERM_14() -> None:
    law = Law("1.28", gates={"kubelet": {"SidecarContainers": True}, "apiserver": {"SidecarContainers": True}})
    oracle = Oracle(pod({"name": "app"}, init=({"name": "proxy", **SIDECAR},)), law=law)
    oracle.apply("delete", grace=10)
    assert {"app", "proxy"} == {name for _, name, _ in signals(oracle)}


@pytest.mark.parametrize(("probe", "grace", "signal"), [({"terminationGracePeriodSeconds": 3}, 10, 3), ({}, 10, 10)])
def test_a_sidecar_whose_probe_fails_is_stopped_at_once_with_the_grace_period_of_the_probe_TERM_11(probe: dict[str, int], grace: int, signal: int) -> None:
    oracle = Oracle(pod({"name": "app"}, init=({"name": "proxy", **SIDECAR, "livenessProbe": probe},), grace=grace))
    oracle.apply("probe_liveness", container="proxy")
    assert [(0, "proxy", signal)] == signals(oracle)


def test_restarting_all_containers_leaves_them_no_time_and_runs_no_hook_TERM_13() -> None:
    rule = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [9]}}
    ending = {"name": "app", "restartPolicy": "Never", "restartPolicyRules": [rule]}
    oracle = Oracle(pod(ending, init=({"name": "proxy", **SIDECAR, **HOOK},), grace=30))
    oracle.apply("exit", container="app", code=9)
    assert [(0, "proxy", 2)] == signals(oracle)


def test_a_container_that_exits_by_itself_runs_no_hook_TERM_13() -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}, policy="Always"))
    oracle.apply("exit", container="app", code=1)
    with pytest.raises(EventError, match=r"it needs that the hook runs"):
        oracle.apply("pre_stop", container="app")


def test_a_kubelet_that_restarts_grants_the_grace_period_again_TERM_18() -> None:
    oracle = Oracle(pod({"name": "app"}, grace=40))
    oracle.apply("delete", grace=40)
    oracle.apply("wait", seconds=30)
    oracle.apply("stop_kubelet")
    oracle.apply("start_kubelet")
    assert [(0, "app", 40), (30, "app", 40)] == signals(oracle)


def test_an_orphan_is_stopped_at_once_whatever_its_hooks_and_sidecars_TERM_20() -> None:
    oracle = Oracle(pod({"name": "app", **HOOK}, init=({"name": "proxy", **SIDECAR},), grace=40))
    oracle.apply("stop_kubelet")
    oracle.apply("delete", grace=0)
    oracle.apply("start_kubelet")
    assert {(0, "proxy", 2), (0, "app", 2)} == set(signals(oracle))


OVER = "elapsed(container.stop_since, life.now, container.stop_grace)"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (f'{{when: "{OVER}"', '{when: "true"', "SIGKILL comes once the time is over"),
        (f'spent: "{OVER} and ', 'spent: "container.stop_grace == 10 and ', "A sidecar that does not wait for its turn has spent"),
    ],
)
def test_what_only_the_clock_shows_breaks_a_property_in_a_life(tmp_path: Path, old: str, new: str, says: str) -> None:
    cluster = Cluster([pod({"name": "app"}, init=({"name": "proxy", **SIDECAR},))], ["n"], law=changed_law(tmp_path, "events.yaml", old, new))
    cluster.apply("delete", "web", grace=10)
    cluster.wait(9)
    assert [says] == sorted({one.says[: len(says)] for one in cluster.broken if one.says.startswith(says)})
