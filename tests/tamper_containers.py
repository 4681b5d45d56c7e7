"""Tampers of one container's status: its state, last state, flags, count and identifier."""

from __future__ import annotations

from tamper_moment import (
    Entry,
    Moment,
    Object,
    condition,
    container_tamper,
    later,
    may_restart,
    other_id,
    put,
    restarts_all,
    state,
    succeeded,
)


def ended(status: Object, run: str) -> bool:
    """Whether the status shows the end of that run, as state or as last state."""
    both = [status.get(field, {}).get("terminated", {}) for field in ("state", "lastState")]
    return bool(run) and any(one.get("containerID") == run for one in both)


def runs(status: Object, run: str) -> bool:
    """Whether the status shows that run as running."""
    return bool(run) and state(status) == "running" and status["containerID"] == run


def default(m: Moment) -> Object:
    """Return the waiting state that the kubelet starts from (CSTATE-02)."""
    return {"waiting": {"reason": "PodInitializing" if m.spec.get("initContainers") else "ContainerCreating"}}


def run_again(c: Entry) -> bool:
    """Let a terminated container run, as if started when it ended."""
    body = c.body
    return put(c.status, "state", {"running": {"startedAt": body.get("finishedAt") or "2026-11-22T14:00:00Z"}})


def end_early(c: Entry) -> bool:
    """Let a run be over that still runs in the next snapshot."""
    start = c.body.get("startedAt")
    end = {"exitCode": 1, "reason": "Error", "startedAt": start, "finishedAt": start, "containerID": c.id}
    return runs(c.status, c.id) and runs(c.after, c.id) and put(c.status, "state", {"terminated": end})


def final_before(m: Moment, c: Entry) -> bool:
    """Whether the container had ended before and still has, and no rule lets it leave (API-20)."""
    if not m.before or state(c.before) != "terminated" or c.state != "terminated" or restarts_all(m.pod):
        return False
    return not may_restart(m.before, c.spec, c.before["state"]["terminated"]["exitCode"])


@container_tamper("exit-code-changes", "TRACE-26", "app", "sidecar", "init", "ephemeral")
def exit_code(_: Moment, c: Entry) -> bool:
    """One run's exit code is another in one snapshot; a run ends once."""
    run = c.body.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.body, "exitCode", (c.body["exitCode"] + 1) % 256)


@container_tamper("end-changes", "TRACE-26", "app", "sidecar", "init", "ephemeral")
def end(_: Moment, c: Entry) -> bool:
    """One run ends a second later in one snapshot; a run ends once."""
    run = c.body.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.body, "finishedAt", later(c.body["finishedAt"], 1))


@container_tamper("start-changes", "TRACE-26", "app", "sidecar", "init", "ephemeral")
def start(_: Moment, c: Entry) -> bool:
    """One run starts a second earlier in one snapshot; a run starts once."""
    run = c.body.get("containerID", c.id if c.state == "running" else "")
    return any(ended(one, run) or runs(one, run) for one in c.neighbours) and put(c.body, "startedAt", later(c.body["startedAt"], -1))


@container_tamper("last-exit-code-changes", "TRACE-26", "app", "sidecar", "init")
def last_exit_code(_: Moment, c: Entry) -> bool:
    """The last run's exit code is another in one snapshot; a run ends once."""
    run = c.last.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.last, "exitCode", (c.last["exitCode"] + 1) % 256)


@container_tamper("ended-run-runs", "TRACE-26", "app", "sidecar", "init")
def ended_run_runs(_: Moment, c: Entry) -> bool:
    """A run that had ended in the snapshot before is running; an exited container never runs again."""
    same = c.state == "terminated" and c.body.get("containerID") == c.id and state(c.before) == "terminated"
    return same and ended(c.before, c.id) and run_again(c)


@container_tamper("run-ends-too-early", "TRACE-26", "app", "sidecar", "init")
def ends_too_early(_: Moment, c: Entry) -> bool:
    """A run has ended in one snapshot and runs in the next; an exited container never runs again."""
    return end_early(c)


@container_tamper("running-run-is-the-last", "TRACE-26", "app", "sidecar", "init")
def last_is_current(_: Moment, c: Entry) -> bool:
    """The last state is the end of the run that still runs; a run cannot do both."""
    return c.state == "running" and "containerID" in c.last and put(c.last, "containerID", c.id)


@container_tamper("restart-count-decreases", "TRACE-24", "app", "sidecar", "init")
def count_decreases(_: Moment, c: Entry) -> bool:
    """The restart count is below that of the snapshot before; a 1.36 kubelet keeps the highest."""
    return bool(c.before and c.before["restartCount"]) and put(c.status, "restartCount", c.before["restartCount"] - 1)


@container_tamper("restart-count-ahead", "TRACE-24", "app", "sidecar", "init")
def count_ahead(_: Moment, c: Entry) -> bool:
    """The restart count is above that of the next snapshot; a 1.36 kubelet keeps the highest."""
    return bool(c.after) and put(c.status, "restartCount", c.after["restartCount"] + 1)


@container_tamper("final-container-waits", "TRACE-27", "app")
def final_waits(m: Moment, c: Entry) -> bool:
    """An app container that may not restart is waiting after its end; the API server refuses that."""
    return final_before(m, c) and put(c.status, "state", default(m))


@container_tamper("final-container-runs", "RESTART-01", "app")
def final_runs(m: Moment, c: Entry) -> bool:
    """An app container that may not restart is running after its end; the API server refuses that."""
    return final_before(m, c) and run_again(c)


@container_tamper("final-init-container-waits", "TRACE-27", "init")
def final_init(m: Moment, c: Entry) -> bool:
    """An init container that may not restart is waiting after its end; the API server refuses that."""
    return final_before(m, c) and put(c.status, "state", default(m))


@container_tamper("crash-loop-of-final-container", "BACKOFF-01", "app")
def crash_loop_final(m: Moment, c: Entry) -> bool:
    """An app container backs off though its exit code forbids a restart; only a refused start backs off."""
    final = c.state == "terminated" and not c.status["lastState"] and not restarts_all(m.pod) and not may_restart(m.pod, c.spec, c.body["exitCode"])
    return final and put(c.status, "state", {"waiting": {"reason": "CrashLoopBackOff"}})


@container_tamper("crash-loop-without-last-state", "TRACE-28", "app", "sidecar", "init")
def crash_loop_lost(_: Moment, c: Entry) -> bool:
    """A container backs off without a last state; the back-off counts from an exit."""
    return c.body.get("reason") == "CrashLoopBackOff" and put(c.status, "lastState", {})


@container_tamper("crash-loop-before-first-run", "BACKOFF-01", "app", "sidecar", "init")
def crash_loop_first(_: Moment, c: Entry) -> bool:
    """A container that never ran backs off; the back-off counts from an exit."""
    return c.never_ran and put(c.body, "reason", "CrashLoopBackOff")


@container_tamper("crash-loop-after-success", "RESTART-01", "app")
def crash_loop_success(m: Moment, c: Entry) -> bool:
    """A container backs off after exit 0 though it restarts only on failure; no start was tried."""
    loop = c.body.get("reason") == "CrashLoopBackOff" and not restarts_all(m.pod)
    return loop and not may_restart(m.pod, c.spec, 0) and put(c.last, "exitCode", 0)


@container_tamper("waiting-with-another-id", "CSTATE-12", "app", "sidecar", "init")
def waiting_id(_: Moment, c: Entry) -> bool:
    """A waiting container's id is not that of its last run; it holds the dead container's."""
    return c.state == "waiting" and bool(c.id) and "containerID" in c.last and put(c.status, "containerID", other_id(c.id))


@container_tamper("wrong-default-reason", "TRACE-29", "app", "sidecar", "init")
def default_reason(_: Moment, c: Entry) -> bool:
    """PodInitializing without init containers, or ContainerCreating with them; the default reason follows the spec."""
    other = {"PodInitializing": "ContainerCreating", "ContainerCreating": "PodInitializing"}.get(c.body.get("reason", ""))
    return other is not None and put(c.body, "reason", other)


@container_tamper("signal-reported", "CSTATE-13", "app", "sidecar", "init", "ephemeral")
def signal(_: Moment, c: Entry) -> bool:
    """A terminated container names a signal; the kubelet never fills it in."""
    return c.state == "terminated" and put(c.body, "signal", 9)


@container_tamper("end-of-another-container", "CSTATE-11", "app", "sidecar", "init", "ephemeral")
def end_of_another(_: Moment, c: Entry) -> bool:
    """The state is the end of a container with another id than the status."""
    return c.state == "terminated" and "containerID" in c.body and put(c.body, "containerID", other_id(c.id))


@container_tamper("started-while-terminated", "TRACE-19", "app", "sidecar", "init")
def started_terminated(_: Moment, c: Entry) -> bool:
    """A container that the runtime reported as exited is started; only a running one is."""
    return "containerID" in c.body and "startupProbe" not in c.spec and put(c.status, "started", True)


@container_tamper("started-while-waiting", "TRACE-19", "app", "sidecar", "init")
def started_waiting(_: Moment, c: Entry) -> bool:
    """A waiting container is started; only a running one is."""
    return c.state == "waiting" and "startupProbe" not in c.spec and put(c.status, "started", True)


@container_tamper("ready-while-terminated", "TRACE-19", "app", "sidecar")
def ready_terminated(_: Moment, c: Entry) -> bool:
    """A container that the runtime reported as exited is ready; only a running one is."""
    return "containerID" in c.body and "readinessProbe" not in c.spec and put(c.status, "ready", True)


@container_tamper("ready-while-waiting", "CSTATE-41", "app", "sidecar")
def ready_waiting(_: Moment, c: Entry) -> bool:
    """A waiting container is ready; only a running one is."""
    return c.state == "waiting" and "readinessProbe" not in c.spec and put(c.status, "ready", True)


@container_tamper("init-unready-after-success", "CSTATE-42", "init")
def init_unready(_: Moment, c: Entry) -> bool:
    """A regular init container that ended with 0 is not ready; that is what its flag says."""
    return succeeded(c.status) and put(c.status, "ready", False)


@container_tamper("init-ready-while-running", "CSTATE-19", "init")
def init_ready(_: Moment, c: Entry) -> bool:
    """A regular init container is ready while it runs; it is so only after exit 0."""
    return c.state == "running" and put(c.status, "ready", True)


@container_tamper("unstarted-without-startup-probe", "CSTATE-40", "app", "sidecar", "init")
def unstarted(_: Moment, c: Entry) -> bool:
    """A running container without a startup probe is not started; nothing delays it."""
    return c.state == "running" and "startupProbe" not in c.spec and put(c.status, "started", False)


@container_tamper("unready-under-containers-ready", "TRACE-18", "app", "sidecar")
def unready(m: Moment, c: Entry) -> bool:
    """A ready flag is false while ContainersReady is True; the kubelet writes both together."""
    return condition(m.pod, "ContainersReady").get("status") == "True" and put(c.status, "ready", False)


@container_tamper("running-without-id", "CSTATE-12", "app", "sidecar", "init", "ephemeral")
def without_id(_: Moment, c: Entry) -> bool:
    """A running container has no id; what runs was created."""
    return c.state == "running" and bool(c.id) and bool(c.status.pop("containerID"))


@container_tamper("id-without-runtime", "CSTATE-12", "app", "sidecar", "init", "ephemeral")
def without_runtime(_: Moment, c: Entry) -> bool:
    """A running container's id does not name its runtime."""
    return c.state == "running" and put(c.status, "containerID", c.id.partition("://")[2])


@container_tamper("state-vanishes", "CSTATE-01", "app", "sidecar", "init")
def state_vanishes(_: Moment, c: Entry) -> bool:
    """A container with an id has no state, which reads as waiting, where it ran; the kubelet fills in one."""
    return c.state == "running" and put(c.status, "state", {})


@container_tamper("running-turns-waiting", "CSTATE-07", "app", "sidecar", "init")
def turns_waiting(m: Moment, c: Entry) -> bool:
    """A container that ran waits as if it never had: its id stands, its end does not."""
    return c.state == "running" and not c.status["lastState"] and put(c.status, "state", default(m))


@container_tamper("last-state-vanishes", "CSTATE-06", "app", "sidecar", "init")
def last_vanishes(_: Moment, c: Entry) -> bool:
    """The last state of an unchanged run is gone; a 1.36 kubelet carries it over."""
    same = runs(c.status, c.id) and runs(c.before, c.id) and "terminated" in c.before["lastState"]
    return same and put(c.status, "lastState", {})
