"""Tampers of what the kubelet concludes from the containers: the phase and the conditions."""

from __future__ import annotations

from random import Random

from tamper_moment import TERMINAL, Moment, Object, Section, condition, containers, deleting, first_run, named, never_ran, put, state, succeeded, tamper

DELAYED = ("PodCompleted", "PodFailed")


def statuses(pod: Object, *sections: Section) -> list[Object]:
    """Return the statuses of the sections; none at all if one is missing."""
    found = [named(pod, section, one["name"]) for section, one in containers(pod, *sections)]
    return found if all(found) else []


def open_phase(pod: Object, *phases: str) -> bool:
    """Whether the phase is one of these, and not the rest of a terminal phase still held back (PHASE-24)."""
    return pod["status"]["phase"] in phases and condition(pod, "Ready").get("reason") not in DELAYED


def init_done(pod: Object) -> bool:
    """Whether every regular init container ended with 0 in its newest run."""
    return all(succeeded(named(pod, "init", one["name"])) for _, one in containers(pod, "init"))


@tamper("running-before-binding", "TRACE-12")
def running_unbound(m: Moment, _: Random) -> bool:
    """The phase is Running on a pod without a node; nobody can run it."""
    return "nodeName" not in m.spec and put(m.status, "phase", "Running")


@tamper("running-before-first-status", "TRACE-12")
def running_unknown(m: Moment, _: Random) -> bool:
    """The phase is Running on a bound pod without container statuses; Running needs a status of every container."""
    fresh = "nodeName" in m.spec and m.status["phase"] == "Pending" and "containerStatuses" not in m.status
    return fresh and put(m.status, "phase", "Running")


@tamper("running-before-containers", "PHASE-03")
def running_early(m: Moment, _: Random) -> bool:
    """The phase is Running while an app container has never run; such a pod is Pending."""
    waiting = any(never_ran(one) for one in statuses(m.pod, "app"))
    return waiting and init_done(m.pod) and open_phase(m.pod, "Pending") and put(m.status, "phase", "Running")


@tamper("running-while-initializing", "PHASE-02")
def running_initializing(m: Moment, _: Random) -> bool:
    """The phase is Running while a regular init container runs or has never run; such a pod is Pending."""
    pending = any(state(one) == "running" or never_ran(one) for one in statuses(m.pod, "init"))
    return pending and open_phase(m.pod, "Pending") and put(m.status, "phase", "Running")


@tamper("pending-while-running", "PHASE-01")
def pending_late(m: Moment, _: Random) -> bool:
    """The phase is Pending while all app containers have run, one runs and initialization is done; such a pod is Running."""
    main = statuses(m.pod, "app", "sidecar")
    begun = bool(main) and not any(never_ran(one) for one in main) and any(state(one) == "running" for one in statuses(m.pod, "app"))
    asynchronous = any("startupProbe" in one for _, one in containers(m.pod, "sidecar"))  # `started` may be newer than the phase
    return begun and not asynchronous and init_done(m.pod) and open_phase(m.pod, "Running") and put(m.status, "phase", "Pending")


@tamper("succeeded-while-running", "TRACE-14")
def succeeded_running(m: Moment, _: Random) -> bool:
    """The phase is Succeeded while an app container runs; it needs every one ended with 0."""
    runs = any(state(one) == "running" for one in statuses(m.pod, "app"))
    return runs and m.status["phase"] not in TERMINAL and put(m.status, "phase", "Succeeded")


@tamper("succeeded-before-start", "TRACE-14")
def succeeded_unstarted(m: Moment, _: Random) -> bool:
    """The phase is Succeeded while an app container has never run; it needs every one ended with 0."""
    return any(never_ran(one) for one in statuses(m.pod, "app")) and put(m.status, "phase", "Succeeded")


@tamper("succeeded-after-failure", "TRACE-14")
def succeeded_failed(m: Moment, _: Random) -> bool:
    """The phase is Succeeded after an app container's failure that the runtime reported; it needs every one ended with 0."""
    bodies = [one["state"].get("terminated", {}) for one in statuses(m.pod, "app")]
    failed = any(one.get("exitCode") and "containerID" in one for one in bodies)
    return failed and m.status["phase"] == "Failed" and put(m.status, "phase", "Succeeded")


@tamper("failed-after-success", "PHASE-01")
def failed_succeeded(m: Moment, _: Random) -> bool:
    """The phase is Failed without a reason or a deletion though all containers ended with 0; the kubelet concludes Succeeded."""
    done = init_done(m.pod) and all(succeeded(one) and not one["restartCount"] for one in statuses(m.pod, "app"))
    forced = "reason" in m.status or deleting(m.pod) or condition(m.pod, "DisruptionTarget")
    return done and not forced and m.status["phase"] == "Succeeded" and put(m.status, "phase", "Failed")


@tamper("terminal-phase-left", "TRACE-11")
def terminal_left(m: Moment, random: Random) -> bool:
    """The phase is Running after a terminal phase; the kubelet keeps a terminal phase of the API."""
    return bool(m.before and m.before["status"]["phase"] in TERMINAL) and put(m.status, "phase", random.choice(["Running", "Pending"]))


@tamper("terminal-phase-flips", "PHASE-23")
def terminal_flips(m: Moment, _: Random) -> bool:
    """A terminal phase turns into the other one; the kubelet keeps a terminal phase of the API."""
    old = m.before["status"]["phase"] if m.before else ""
    return old in TERMINAL and put(m.status, "phase", TERMINAL[old == "Succeeded"])


@tamper("terminal-phase-too-early", "TRACE-11")
def terminal_early(m: Moment, random: Random) -> bool:
    """The phase is terminal in one snapshot and open in the next; a terminal phase is final for the kubelet."""
    alive = m.after and m.after["status"]["phase"] not in TERMINAL
    return bool(alive) and put(m.status, "phase", random.choice(TERMINAL))


def some_unready(pod: Object) -> bool:
    """Whether an app container or sidecar has a status that is not ready."""
    return any(not one["ready"] for one in statuses(pod, "app", "sidecar"))


def turn(m: Moment, kind: str, old: str, new: str) -> bool:
    """Turn one condition's status, leaving its reason."""
    one = condition(m.pod, kind)
    return one.get("status") == old and put(one, "status", new)


def drop(m: Moment, kind: str) -> bool:
    """Remove a condition of the kubelet beside container statuses, which it writes together."""
    held = bool(condition(m.pod, kind)) and "containerStatuses" in m.status
    return held and put(m.status, "conditions", [one for one in m.status["conditions"] if one["type"] != kind])


@tamper("containers-ready-while-unready", "COND-01")
def containers_ready(m: Moment, _: Random) -> bool:
    """ContainersReady is True while a container's ready flag is false; the kubelet computes it from the flags."""
    return m.status["phase"] not in TERMINAL and some_unready(m.pod) and turn(m, "ContainersReady", "False", "True")


@tamper("containers-unready-while-ready", "COND-01")
def containers_unready(m: Moment, _: Random) -> bool:
    """ContainersReady is False without a reason while every ready flag is true; the kubelet gives one."""
    return not some_unready(m.pod) and turn(m, "ContainersReady", "True", "False")


@tamper("containers-ready-reason", "COND-01")
def containers_ready_reason(m: Moment, _: Random) -> bool:
    """ContainersReady says PodCompleted while an app container runs; a completed pod has none that runs."""
    one = condition(m.pod, "ContainersReady")
    runs = any(state(entry) == "running" for entry in statuses(m.pod, "app"))
    return runs and one.get("reason") == "ContainersNotReady" and put(one, "reason", "PodCompleted")


@tamper("ready-while-containers-are-not", "TRACE-18")
def ready(m: Moment, _: Random) -> bool:
    """Ready is True while ContainersReady is False; Ready copies every status but True."""
    unready = condition(m.pod, "ContainersReady").get("status") == "False"
    return unready and m.status["phase"] not in TERMINAL and turn(m, "Ready", "False", "True")


@tamper("ready-in-terminal-phase", "TRACE-17")
def ready_terminal(m: Moment, _: Random) -> bool:
    """Ready is True in a terminal phase while ContainersReady is False; a terminal pod is never ready."""
    unready = condition(m.pod, "ContainersReady").get("status") == "False"
    return unready and m.status["phase"] in TERMINAL and turn(m, "Ready", "False", "True")


@tamper("containers-ready-in-terminal-phase", "TRACE-17")
def containers_ready_terminal(m: Moment, _: Random) -> bool:
    """ContainersReady is True in a terminal phase while a flag is false; a terminal pod is never ready."""
    return m.status["phase"] in TERMINAL and some_unready(m.pod) and turn(m, "ContainersReady", "False", "True")


@tamper("ready-reason-without-gates", "COND-02")
def ready_reason(m: Moment, _: Random) -> bool:
    """Ready blames readiness gates on a pod that has none; it copies the reason of ContainersReady."""
    one, cause = condition(m.pod, "Ready"), condition(m.pod, "ContainersReady")
    copied = one.get("status") == cause.get("status") == "False" and not m.spec.get("readinessGates")
    return copied and put(one, "reason", "ReadinessGatesNotReady")


@tamper("ready-blames-ready-containers", "COND-02")
def ready_blames(m: Moment, _: Random) -> bool:
    """Ready is False for ContainersNotReady under ContainersReady True; the node controller leaves the reason."""
    one = condition(m.pod, "Ready")
    held = condition(m.pod, "ContainersReady").get("status") == "True" and one.get("status") == "True"
    if held:
        one.update(status="False", reason="ContainersNotReady")
    return held


@tamper("initialized-lost", "TRACE-21")
def initialized_lost(m: Moment, _: Random) -> bool:
    """Initialized turns False after True; on 1.36 it stays True while containers restart."""
    held = m.before and condition(m.before, "Initialized").get("status") == "True"
    return bool(held) and turn(m, "Initialized", "True", "False")


@tamper("initialized-too-early", "COND-03")
def initialized_early(m: Moment, _: Random) -> bool:
    """Initialized is True though an init container is in or before its first run and no app container has run."""
    return any(map(first_run, statuses(m.pod, "init"))) and all(never_ran(one) for one in statuses(m.pod, "app")) and turn(m, "Initialized", "False", "True")


@tamper("initialized-reason", "COND-03")
def initialized_reason(m: Moment, _: Random) -> bool:
    """Initialized is False for ContainersNotReady; its reasons are ContainersNotInitialized and UnknownContainerStatuses."""
    one = condition(m.pod, "Initialized")
    return one.get("status") == "False" and put(one, "reason", "ContainersNotReady")


@tamper("scheduled-false-on-node", "COND-07")
def scheduled_false(m: Moment, _: Random) -> bool:
    """PodScheduled turns False on a bound pod with container statuses; the kubelet writes True with every status."""
    held = m.before and condition(m.before, "PodScheduled").get("status") == "True" and "containerStatuses" in m.status
    return bool(held) and turn(m, "PodScheduled", "True", "False")


@tamper("scheduled-without-node", "TRACE-20")
def scheduled_true(m: Moment, _: Random) -> bool:
    """PodScheduled is True on a pod without a node; binding sets both in one write."""
    return "nodeName" not in m.spec and turn(m, "PodScheduled", "False", "True")


@tamper("scheduled-with-reason", "COND-07")
def scheduled_reason(m: Moment, _: Random) -> bool:
    """PodScheduled is True for Unschedulable beside container statuses; the kubelet writes True without a reason."""
    one = condition(m.pod, "PodScheduled")
    return "containerStatuses" in m.status and one.get("status") == "True" and put(one, "reason", "Unschedulable")


@tamper("scheduled-vanishes", "COND-07")
def scheduled_vanishes(m: Moment, _: Random) -> bool:
    """PodScheduled is missing beside container statuses; the kubelet writes it with every status."""
    return drop(m, "PodScheduled")


@tamper("ready-vanishes", "COND-02")
def ready_vanishes(m: Moment, _: Random) -> bool:
    """Ready is missing beside container statuses; the kubelet writes it with every status."""
    return drop(m, "Ready")


@tamper("containers-ready-vanishes", "COND-01")
def containers_ready_vanishes(m: Moment, _: Random) -> bool:
    """ContainersReady is missing beside container statuses; the kubelet writes it with every status."""
    return drop(m, "ContainersReady")


@tamper("initialized-vanishes", "COND-03")
def initialized_vanishes(m: Moment, _: Random) -> bool:
    """Initialized is missing beside container statuses; the kubelet writes it with every status."""
    return drop(m, "Initialized")


@tamper("condition-duplicated", "COND-21")
def duplicated(m: Moment, random: Random) -> bool:
    """A condition of the kubelet stands twice; it writes each once, and a patch merges them by type."""
    own = [one for one in m.status.get("conditions", []) if one["type"] in ("Ready", "ContainersReady", "Initialized", "PodScheduled")]
    return "containerStatuses" in m.status and bool(own) and put(m.status, "conditions", [*m.status["conditions"], dict(random.choice(own))])


@tamper("all-restart-without-rule", "TRACE-43")
def restarting(m: Moment, _: Random) -> bool:
    """AllContainersRestarting is True on a pod without such a rule; the kubelet writes it for pods that have one."""
    rules = any("restartPolicyRules" in one for _, one in containers(m.pod, "app", "sidecar", "init"))
    late = {"type": "AllContainersRestarting", "status": "True", "lastTransitionTime": m.metadata["creationTimestamp"]}
    late["reason"] = "RestartAllContainersStarted"
    return "containerStatuses" in m.status and not rules and put(m.status, "conditions", [*m.status["conditions"], late])


@tamper("resize-pending-false", "TRACE-42")
def resize(m: Moment, _: Random) -> bool:
    """PodResizePending is False; the kubelet removes it instead."""
    late = {"type": "PodResizePending", "status": "False", "lastTransitionTime": m.metadata["creationTimestamp"]}
    return "containerStatuses" in m.status and put(m.status, "conditions", [*m.status["conditions"], late])
