"""Where the observed graphs begin, and which moves a kubelet has: by its minor, and by the gate that brings or takes them."""

from functools import cache

import pytest

from podlaw.law import Law

MINORS = [f"1.{minor}" for minor in range(28, 37)]
GRAPHS = Law().whole.graphs
MOVES = {(name, e.spec.source, e.spec.target, e.spec.move) for name, graph in GRAPHS.items() for e in graph.edges}
SANDBOX = {move for move in MOVES if move[0] == "PodReadyToStartContainers"}
RESTARTING = {move for move in MOVES if move[0] == "AllContainersRestarting"} | {("container-state", "running", "waiting", "all restart")}
RESIZED = {move for move in MOVES if move[0] in ("PodResizePending", "PodResizeInProgress")}
FALLS_BACK = {("Initialized", "True", "False", "new sandbox")}
INFERRED = {("container-state", "waiting", "terminated", "taken as completed")}
SOME = [  # moves that not every kubelet has, and the minors that have them by default
    pytest.param(SANDBOX, MINORS[1:], id="the sandbox condition is beta from 1.29 on (COND-05)"),
    pytest.param(RESIZED, MINORS[5:], id="resizing in place is beta from 1.33 on, with conditions of its own (COND-12)"),
    pytest.param(RESTARTING, MINORS[8:], id="restarting all containers is beta from 1.36 on (COND-14)"),
    pytest.param(FALLS_BACK, MINORS[:8], id="until then Initialized may fall back (COND-23)"),
    pytest.param(INFERRED, MINORS[8:], id="a lost init container is taken as completed from 1.36 on (CSTATE-10)"),
]


@cache
def lacking(minor: str, gate: str = "", on: bool = False) -> frozenset[tuple[str, ...]]:
    """Return the moves that a minor does not have, with one gate set."""
    law = Law(minor, gates={"kubelet": {gate: on}} if gate else {})
    return frozenset(MOVES - {(name, e.spec.source, e.spec.target, e.spec.move) for name, graph in law.graphs.items() for e in graph.edges})


@pytest.mark.parametrize(("moves", "minors"), SOME)
def test_some_minors_have_these_moves(moves: set[tuple[str, ...]], minors: list[str]) -> None:
    missing = {minor: moves & lacking(minor) for minor in MINORS}
    assert {minor: set() if minor in minors else moves for minor in MINORS} == missing


def test_a_new_pod_is_pending_and_has_no_status_else_PHASE_20() -> None:
    assert {name: "Pending" if name == "phase" else "absent" for name in GRAPHS} == {name: graph.spec.initial for name, graph in GRAPHS.items()}


@pytest.mark.parametrize("minor", MINORS)
def test_every_minor_has_all_other_moves(minor: str) -> None:
    assert set() == lacking(minor) - SANDBOX - RESIZED - RESTARTING - FALLS_BACK - INFERRED


@pytest.mark.parametrize(
    ("gate", "on", "without"),
    [
        ("PodReadyToStartContainersCondition", False, SANDBOX | FALLS_BACK),
        ("RestartAllContainersOnContainerExits", False, RESTARTING),
        ("ContainerRestartRules", False, RESTARTING),  # which restarting all containers needs (RESTART-24)
        ("KubeletCrashLoopBackOffMax", False, FALLS_BACK),
        ("ReduceDefaultCrashLoopBackOffDecay", True, FALLS_BACK),
        ("ChangeContainerStatusOnKubeletRestart", True, FALLS_BACK),
    ],
)
def test_a_gate_brings_and_takes_its_own_moves_alone(gate: str, on: bool, without: set[tuple[str, ...]]) -> None:
    assert without == lacking("1.36", gate, on)
