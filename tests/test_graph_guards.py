"""Every guarded move of the observed graphs allows one step, and refuses it once any part of its guard fails."""

from functools import partial

import pytest
from msgspec.structs import replace as but

from podlaw import wire
from podlaw.law import Law
from podlaw.snapshot import Condition, Container, SchedulingGate, Snapshot

LAW, OLDER = Law("1.36"), Law("1.35")
ABSENT, WAITING = Container("c"), Container("c", state="waiting", reason="ContainerCreating")
RUNNING = Container("c", state="running", id="r1", ready=True, started=True)
SECOND = but(RUNNING, id="r2")
ENDED = Container("c", state="terminated", id="r1", run="r1", reason="Error", code=1)
COMPLETED = but(ENDED, reason="Completed", code=0)
MADE_UP = Container("c", state="terminated", reason="ContainerStatusUnknown", code=137)
INFERRED = but(MADE_UP, reason="Completed", code=0)
RETRYING = Container("c", state="waiting", id="r1", reason="CrashLoopBackOff", last="terminated", last_code=1, last_run="r1")
LOST = but(RETRYING, id="", last_run="", last_reason="ContainerStatusUnknown", last_code=137)
INIT, EPHEMERAL, NEVER = {"section": "init"}, {"section": "ephemeral"}, {"policy": "Never"}
ALWAYS = {"policy": "Always"}
SIDECAR = INIT | ALWAYS
RULED = {"policy": "Never", "rules": (wire.Rule("RestartAllContainers", wire.Codes("In", (42,))),)}
REJECTED = {"phase": "Failed", "reason": "OutOfcpu"}
NOT_READY = Condition("False", "ContainersNotReady")


def pod(*containers, **fields):
    """Return a bound pod of these containers; its policy is OnFailure unless told otherwise."""
    init = tuple(c for c in containers if c.section == "init")
    sidecars, app = tuple(c for c in init if c.policy == "Always"), tuple(c for c in containers if c.section == "app")
    regular = tuple(c for c in init if c.policy != "Always")
    lists = {"app": app, "init": init, "regular": regular, "sidecars": sidecars, "main": sidecars + app, "all": containers}
    return but(Snapshot("default", "p", "u", (), policy="OnFailure", node="n", known=True), **lists | fields)


def container(b, c, both=None, beside=(), **fields):
    """Return the step of a container from `b` to `c`, after some changes to both, with containers beside it and fields of the pod after it."""
    b, c = but(b, **both or {}), but(c, **both or {})
    return pod(*beside, b), pod(*beside, c, **fields)


def phase(before, after, *containers, **fields):
    """Return the step of a phase, with containers and fields of the pod after it."""
    return pod(WAITING, phase=before), pod(*containers, phase=after, **fields)


def condition(kind, before, after, *containers, why="", old_node="n", **fields):
    """Return the step of a condition, with its reason, containers and fields of the pod after it; without containers, one that runs."""
    made = containers or (RUNNING,)
    return pod(*made, node=old_node, **{kind: Condition(before)}), pod(*made, **{kind: Condition(after, why)} | fields)


def containers():
    """Yield (move, allowed step, refused steps)."""
    step = container
    yield "ended before", step(ABSENT, ENDED), step(ABSENT, MADE_UP)
    yield "never ran", step(ABSENT, MADE_UP), step(ABSENT, ENDED), step(ABSENT, but(ENDED, reason="ContainerStatusUnknown")), step(ABSENT, INFERRED)
    yield "starts", step(WAITING, RUNNING), step(LOST, RUNNING), step(but(WAITING, id="r1"), RUNNING)
    yield "restarts", step(RETRYING, SECOND), step(RETRYING, SECOND, NEVER), step(WAITING, SECOND), step(RETRYING, RUNNING)
    yield "restarts", step(LOST, SECOND, NEVER), step(but(LOST, id="r1"), SECOND, NEVER)
    yield "restarts", step(RETRYING, SECOND, RULED), step(RETRYING, SECOND, NEVER)
    yield "fails to start", step(RETRYING, but(RETRYING, id="r2")), step(RETRYING, LOST), step(RETRYING, RETRYING)
    yield "is lost", step(RETRYING, LOST), step(LOST, LOST), step(RETRYING, RETRYING)
    yield "ran unseen", step(WAITING, ENDED), step(RETRYING, ENDED), step(WAITING, but(ENDED, run="")), step(but(WAITING, id="r1"), MADE_UP)
    yield "gives up", step(RETRYING, ENDED), step(WAITING, ENDED), step(RETRYING, but(ENDED, run="")), step(WAITING, MADE_UP)
    yield "never ran", step(WAITING, MADE_UP), step(WAITING, but(ENDED, reason="ContainerStatusUnknown")), step(WAITING, INFERRED)
    yield "taken as completed", step(WAITING, INFERRED, INIT), step(WAITING, INFERRED), step(WAITING, INFERRED, SIDECAR), step(WAITING, COMPLETED, INIT)
    yield "taken as completed", step(WAITING, INFERRED, INIT), step(WAITING, MADE_UP, INIT)
    yield "exits", step(RUNNING, ENDED), step(RUNNING, but(MADE_UP, id="r1")), step(RUNNING, MADE_UP)
    yield "end unknown", step(RUNNING, MADE_UP), step(RUNNING, but(ENDED, reason="ContainerStatusUnknown")), step(RUNNING, INFERRED)
    yield "exits into back-off", step(RUNNING, RETRYING), step(RUNNING, RETRYING, EPHEMERAL), step(RUNNING, but(RETRYING, last="none")), step(RUNNING, LOST)
    yield "is lost", step(RUNNING, LOST), step(RUNNING, but(LOST, last="none")), step(RUNNING, RETRYING)
    created = but(WAITING, id="r2", reason="")
    refused = step(RUNNING, WAITING), step(RUNNING, but(created, reason="ErrImagePull")), step(RUNNING, but(created, last="terminated"))
    yield "is created anew", step(RUNNING, created), *refused
    yield "all restart", step(RUNNING, but(LOST, last_reason="RestartingAllContainers")), step(RUNNING, LOST)
    yield "restarts unseen", step(RUNNING, SECOND), step(RUNNING, SECOND, EPHEMERAL), step(RUNNING, RUNNING)
    yield "restarts", step(ENDED, SECOND), step(ENDED, SECOND, NEVER), step(COMPLETED, SECOND), step(ENDED, RUNNING)
    yield "restarts", step(COMPLETED, SECOND, RULED), step(COMPLETED, SECOND, RULED | EPHEMERAL), step(ENDED, SECOND, SIDECAR)
    yield "restarts", step(ENDED, SECOND, INIT), step(COMPLETED, SECOND, INIT)
    for beside in (but(RUNNING, name="d", **RULED), but(COMPLETED, name="d", **INIT | RULED)):
        yield "restarts", step(ENDED, SECOND, NEVER, [beside]), step(ENDED, SECOND, NEVER, [but(beside, rules=())])
    yield "restarts", step(COMPLETED, SECOND, ALWAYS), step(COMPLETED, SECOND)
    yield "sidecar restarts", step(COMPLETED, SECOND, SIDECAR), step(ENDED, SECOND, INIT), step(ENDED, SECOND, ALWAYS), step(ENDED, RUNNING, SIDECAR)
    yield "backs off", step(ENDED, RETRYING), step(COMPLETED, RETRYING), step(ENDED, RETRYING, EPHEMERAL), step(ENDED, RETRYING, SIDECAR)
    yield "backs off", step(COMPLETED, RETRYING, RULED), step(COMPLETED, RETRYING, NEVER)
    yield "backs off", step(ENDED, RETRYING, INIT), step(COMPLETED, RETRYING, INIT)
    yield "backs off", step(COMPLETED, RETRYING, ALWAYS), step(COMPLETED, RETRYING)
    yield "sidecar backs off", step(COMPLETED, RETRYING, SIDECAR), step(ENDED, RETRYING, INIT), step(ENDED, RETRYING, ALWAYS)
    yield "ran again unseen", step(ENDED, but(ENDED, id="r2")), step(ENDED, ENDED), step(ENDED, but(ENDED, id="r2"), EPHEMERAL)
    for before in (WAITING, RUNNING, ENDED):
        yield "pod rejected", step(before, ABSENT, **REJECTED), step(before, ABSENT, phase="Failed"), step(before, ABSENT, reason="OutOfcpu")


def phases():
    """Yield (move, allowed step, refused steps)."""
    yield "all have started", phase("Pending", "Running", RUNNING), phase("Pending", "Running", WAITING)
    yield "starts over", phase("Running", "Pending", WAITING), phase("Running", "Pending", RUNNING)
    # with a record in the current sandbox, and without, while a sidecar has not started (PHASE-02)
    starting = but(RUNNING, **SIDECAR, started=False)
    for move, before, after, refused in (("all have started", "Pending", "Running", WAITING), ("starts over", "Running", "Pending", RUNNING)):
        yield move, (pod(phase=before), pod(starting, RUNNING, phase=after)), phase(before, after, refused)
    for move, before in (("all ended with 0", "Running"), ("ended unseen", "Pending")):
        step = partial(phase, before, "Succeeded")
        yield move, step(COMPLETED), step(RUNNING), step(COMPLETED, RUNNING)
        yield move, step(but(RETRYING, **SIDECAR), COMPLETED), step(but(COMPLETED, **SIDECAR), RUNNING)
    for before in ("Pending", "Running"):
        step = partial(phase, before, "Failed", WAITING)
        yield "node is gone", step(DisruptionTarget=Condition("True", "DeletionByPodGC")), step(), step(DisruptionTarget=Condition("True"))
        yield "node is gone", step(deleting=True, node="", Ready=NOT_READY), step(node="", Ready=NOT_READY), step(deleting=True, Ready=NOT_READY)
        yield "node is gone", step(deleting=True, Ready=Condition("False")), step(deleting=True, Ready=NOT_READY)


def scheduled():
    """Yield (move, allowed step, refused steps)."""
    held, bound = (partial(condition, "PodScheduled", "absent", status) for status in ("False", "True"))
    yield "created with gates", held(scheduling_gates=(SchedulingGate("g"),), node=""), held(node="")
    yield "no node fits", held(node=""), held(), held(node="", scheduling_gates=(SchedulingGate("g"),))
    yield "created with a node", bound(), bound(old_node=""), bound(node="")
    for before in ("absent", "False"):
        step = partial(condition, "PodScheduled", before, "True")
        yield "bound", step(), step(node="")


def disrupted():
    """Yield (move, allowed step, refused steps)."""
    reasons = {
        "evicted by the API": ["EvictionByEvictionAPI"], "preempted": ["PreemptionByScheduler"], "ended by the node": ["TerminationByKubelet"],
        "tainted or orphaned": ["DeletionByTaintManager", "DeletionByDeviceTaintManager", "DeletionByPodGC"],
    }  # fmt: skip
    for before in ("absent", "False"):
        step = partial(condition, "DisruptionTarget", before, "True", phase="Failed")
        for move, known in reasons.items():
            for reason in known:
                yield move, step(why=reason), step(why="Deleted")
        yield "ended by the node", step(why="TerminationByKubelet"), step(why="TerminationByKubelet", phase="Running")
    step = partial(condition, "DisruptionTarget", "True", "False")
    yield "called off", step(), step(deleting=True)
    yield "ends as called off", step(phase="Failed", deleting=True), step(deleting=True)


def restarting():
    """Yield (move, allowed step, refused steps)."""
    step, ruled = partial(condition, "AllContainersRestarting"), but(RUNNING, **RULED)
    for move, before, after in (("first status", "absent", "False"), ("triggered at once", "absent", "True"), ("triggered", "False", "True")):
        yield move, step(before, after, ruled), step(before, after)
        yield move, step(before, after, ruled, RUNNING), step(before, after, RUNNING, RUNNING)
        yield move, step(before, after, but(COMPLETED, **INIT | RULED), RUNNING), step(before, after, but(COMPLETED, **INIT), RUNNING)


def resized():
    """Yield (move, allowed step, refused steps)."""
    step = partial(condition, "PodResizePending", "absent", "True")
    for move, reason, other in (("deferred", "Deferred", "Infeasible"), ("infeasible", "Infeasible", "Deferred")):
        yield move, step(why=reason), step(why=other), step(why="Error")


def sandboxed():
    """Yield (move, allowed step, refused steps)."""
    for move, before in (("ready at once", "absent"), ("sandbox ready", "False")):
        step = partial(condition, "PodReadyToStartContainers", before, "True")
        yield move, step(), step(node="")


def initialized():
    """Yield (move, allowed step, refused steps)."""
    step, waiting, done = partial(condition, "Initialized"), but(WAITING, **INIT), but(COMPLETED, **INIT, ready=True)
    yield "has no init container", step("absent", "True"), step("absent", "True", waiting)
    yield "init containers to run", step("absent", "False", waiting), step("absent", "False")
    yield "init containers to run", step("absent", "False", but(WAITING, **SIDECAR)), step("absent", "False")
    yield "init containers done", step("False", "True", done), step("False", "True", waiting)


def ready():
    """Yield (graph, move, allowed step, refused steps)."""
    unready, known = but(RUNNING, ready=False), {"ContainersReady": Condition("True")}
    for before, containers_move, pod_move in (("absent", "ready at once", "ready at once"), ("False", "containers ready", "containers and gates ready")):
        step = partial(condition, "ContainersReady", before, "True")
        yield "ContainersReady", containers_move, step(), step(unready), step(unready, RUNNING), step(but(unready, **SIDECAR), RUNNING)
        yield "ContainersReady", containers_move, step(but(ENDED, **INIT), RUNNING), step(unready)
        step = partial(condition, "Ready", before, "True")
        yield "Ready", pod_move, step(**known), step(ContainersReady=NOT_READY)
    step = partial(condition, "ContainersReady", "True", "False")
    yield "ContainersReady", "a container is not ready", step(unready), step()
    yield "ContainersReady", "pod ends", step(why="PodCompleted"), step(why="ContainersNotReady")
    yield "ContainersReady", "pod ends", step(why="PodFailed"), step(why="ContainersNotReady")
    step = partial(condition, "Ready", "True", "False")
    yield "Ready", "a container is not ready", step(ContainersReady=NOT_READY), step(**known)
    closed = partial(step, why="ReadinessGatesNotReady")
    yield "Ready", "a readiness gate closes", closed(**known), closed(ContainersReady=NOT_READY), step(**known)
    yield "Ready", "node is lost", step(**known), step(ContainersReady=NOT_READY), closed(**known)


def rejections():
    """Yield (graph, move, allowed step, refused steps) for every condition of a kubelet; a rejected pod loses them all."""
    for kind in ("Initialized", "ContainersReady", "Ready", "PodReadyToStartContainers", "AllContainersRestarting", "PodScheduled"):
        for status in ("True", "False") if kind != "PodScheduled" else ("True",):
            step = partial(condition, kind, status, "absent")
            yield kind, "pod rejected", step(**REJECTED), step(phase="Failed"), step(**REJECTED | {"phase": "Running"})


GRAPHS = {
    "container-state": containers, "phase": phases, "PodScheduled": scheduled, "DisruptionTarget": disrupted,
    "AllContainersRestarting": restarting, "PodReadyToStartContainers": sandboxed, "Initialized": initialized,
    "PodResizePending": resized,
}  # fmt: skip
CASES = [(LAW, name, *case) for name, cases in GRAPHS.items() for case in cases()] + [(LAW, *case) for cases in (ready, rejections) for case in cases()]
FALLEN = [condition("Initialized", "True", "False", *c) for c in [(but(RUNNING, **SIDECAR), WAITING), (RUNNING,), (ENDED,), (WAITING, RUNNING)]]
CASES += [(OLDER, "Initialized", "new sandbox", *FALLEN)]


def explaining(law, graph, step):
    """Return the moves that explain one step, as (from, to, name)."""
    old, new = step
    b, c = (pod.all[-1] if pod.all else ABSENT for pod in step)
    return {(e.spec.source, e.spec.target, e.spec.move) for e in law.graphs[graph].moves(old, new, b, c)}


def names(law, graph, step):
    return {move for _, _, move in explaining(law, graph, step)}


@pytest.mark.parametrize(("law", "graph", "move", "allowed", "refused"), [(*case[:4], case[4:]) for case in CASES])
def test_a_move_is_refused_where_any_part_of_its_guard_fails(law, graph, move, allowed, refused):
    assert [move in names(law, graph, step) for step in (allowed, *refused)] == [True] + [False] * len(refused)


def test_every_guarded_move_has_a_case():
    tried = {(graph, *found) for law, graph, move, allowed, *_ in CASES for found in explaining(law, graph, allowed) if found[2] == move}
    guarded = {(name, e.spec.source, e.spec.target, e.spec.move) for law in (LAW, OLDER) for name, g in law.graphs.items() for e in g.edges if e.spec.when}
    assert tried == guarded


def test_these_moves_need_nothing():
    first = {("container-state", "absent", "waiting"), *((kind, "absent", "False") for kind in ("PodReadyToStartContainers", "ContainersReady", "Ready"))}
    failed = {("phase", "Running", "Failed", "failed or stopped"), ("phase", "Pending", "Failed", "rejected or never ran")}
    falls = {("PodReadyToStartContainers", "True", "False", "sandbox stops"), ("AllContainersRestarting", "True", "False", "all are removed")}
    resizes = {("PodResizePending", "True", "absent", "settled")}
    resizes |= {("PodResizeInProgress", "absent", "True", "allocated"), ("PodResizeInProgress", "True", "absent", "done")}
    wanted = {(*step, "first status") for step in first} | failed | falls | resizes | {("container-state", "absent", "running", "started before")}
    assert wanted == {(name, e.spec.source, e.spec.target, e.spec.move) for name, g in LAW.graphs.items() for e in g.edges if not e.spec.when}


def test_an_equal_state_is_no_move_while_the_run_is_the_same():
    assert [LAW.graphs["container-state"].stays(*container(RUNNING, c), RUNNING, c) for c in (RUNNING, SECOND)] == [True, False]
