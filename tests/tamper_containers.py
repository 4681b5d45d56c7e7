"""Tampers of one container's status: its state, last state, flags, count and identifier."""

from __future__ import annotations

from random import Random

from tamper_moment import (
    Entry,
    Moment,
    Object,
    condition,
    container_tamper,
    containers,
    later,
    may_restart,
    named,
    never_ran,
    other_id,
    put,
    restarts_all,
    state,
    succeeded,
    tamper,
)


def ended(status: Object | None, run: str) -> bool:
    """Whether the status shows the end of that run, as state or as last state."""
    both = [(status or {}).get(field, {}).get("terminated", {}) for field in ("state", "lastState")]
    return bool(run) and any(one.get("containerID") == run for one in both)


def runs(status: Object | None, run: str) -> bool:
    """Whether the status shows that run as running."""
    return bool(status and run) and state(status) == "running" and status["containerID"] == run


def default(m: Moment) -> Object:
    """Return the waiting state that the kubelet starts from (CSTATE-02)."""
    return {"waiting": {"reason": "PodInitializing" if m.spec.get("initContainers") else "ContainerCreating"}}


def run_again(c: Entry) -> bool:
    """Let a terminated container run, as if started when it ended."""
    body = c.body
    return put(c.status, "state", {"running": {"startedAt": body.get("finishedAt") or "2026-11-22T14:00:00Z"}})


def final_before(m: Moment, c: Entry) -> bool:
    """Whether the container had ended before and still has, and no rule lets it leave (API-20)."""
    if not m.before or state(c.before) != "terminated" or c.state != "terminated" or restarts_all(m.pod):
        return False
    return not may_restart(m.before, c.spec, c.before["state"]["terminated"]["exitCode"])  # type: ignore[index]


@container_tamper("exit-code-changes", "TRACE-26", "One run's exit code is another in one snapshot; a run ends once.", "app", "sidecar", "init", "ephemeral")
def exit_code(_: Moment, c: Entry) -> bool:
    run = c.body.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.body, "exitCode", (c.body["exitCode"] + 1) % 256)


@container_tamper("end-changes", "TRACE-26", "One run ends a second later in one snapshot; a run ends once.", "app", "sidecar", "init", "ephemeral")
def end(_: Moment, c: Entry) -> bool:
    run = c.body.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.body, "finishedAt", later(c.body["finishedAt"], 1))


@container_tamper("start-changes", "TRACE-26", "One run starts a second earlier in one snapshot; a run starts once.", "app", "sidecar", "init", "ephemeral")
def start(_: Moment, c: Entry) -> bool:
    run = c.body.get("containerID", c.id if c.state == "running" else "")
    return any(ended(one, run) or runs(one, run) for one in c.neighbours) and put(c.body, "startedAt", later(c.body["startedAt"], -1))


@container_tamper("last-exit-code-changes", "TRACE-26", "The last run's exit code is another in one snapshot; a run ends once.", "app", "sidecar", "init")
def last_exit_code(_: Moment, c: Entry) -> bool:
    run = c.last.get("containerID", "")
    return any(ended(one, run) for one in c.neighbours) and put(c.last, "exitCode", (c.last["exitCode"] + 1) % 256)


@container_tamper("ended-run-runs", "TRACE-26", "A run that had ended in the snapshot before is running; an exited container never runs again.", "app", "sidecar", "init")
def ended_run_runs(_: Moment, c: Entry) -> bool:
    same = c.state == "terminated" and c.body.get("containerID") == c.id and state(c.before) == "terminated"
    return same and ended(c.before, c.id) and run_again(c)


@container_tamper("run-ends-too-early", "TRACE-26", "A run has ended in one snapshot and runs in the next; an exited container never runs again.", "app", "sidecar", "init")
def ends_too_early(_: Moment, c: Entry) -> bool:
    start = c.body.get("startedAt")
    end = {"exitCode": 1, "reason": "Error", "startedAt": start, "finishedAt": start, "containerID": c.id}
    return runs(c.status, c.id) and runs(c.after, c.id) and put(c.status, "state", {"terminated": end})


@container_tamper("running-run-is-the-last", "TRACE-26", "The last state is the end of the run that still runs; a run cannot do both.", "app", "sidecar", "init")
def last_is_current(_: Moment, c: Entry) -> bool:
    return c.state == "running" and "containerID" in c.last and put(c.last, "containerID", c.id)


@container_tamper("restart-count-decreases", "TRACE-24", "The restart count is below that of the snapshot before; a 1.36 kubelet keeps the highest.", "app", "sidecar", "init")
def count_decreases(_: Moment, c: Entry) -> bool:
    return bool(c.before and c.before["restartCount"]) and put(c.status, "restartCount", c.before["restartCount"] - 1)  # type: ignore[index]


@container_tamper("restart-count-ahead", "TRACE-24", "The restart count is above that of the next snapshot; a 1.36 kubelet keeps the highest.", "app", "sidecar", "init")
def count_ahead(_: Moment, c: Entry) -> bool:
    return c.after is not None and put(c.status, "restartCount", c.after["restartCount"] + 1)


@container_tamper("final-container-waits", "TRACE-27", "An app container that may not restart is waiting after its end; the API server refuses that.", "app")
def final_waits(m: Moment, c: Entry) -> bool:
    return final_before(m, c) and put(c.status, "state", default(m))


@container_tamper("final-container-runs", "RESTART-01", "An app container that may not restart is running after its end; the API server refuses that.", "app")
def final_runs(m: Moment, c: Entry) -> bool:
    return final_before(m, c) and run_again(c)


@container_tamper("final-init-container-waits", "TRACE-27", "An init container that may not restart is waiting after its end; the API server refuses that.", "init")
def final_init(m: Moment, c: Entry) -> bool:
    return final_before(m, c) and put(c.status, "state", default(m))


@container_tamper("crash-loop-of-final-container", "BACKOFF-01", "An app container backs off though its exit code forbids a restart; only a refused start backs off.", "app")
def crash_loop_final(m: Moment, c: Entry) -> bool:
    final = c.state == "terminated" and not c.status["lastState"] and not restarts_all(m.pod) and not may_restart(m.pod, c.spec, c.body["exitCode"])
    return final and put(c.status, "state", {"waiting": {"reason": "CrashLoopBackOff"}})


@container_tamper("crash-loop-without-last-state", "TRACE-28", "A container backs off without a last state; the back-off counts from an exit.", "app", "sidecar", "init")
def crash_loop_lost(_: Moment, c: Entry) -> bool:
    return c.body.get("reason") == "CrashLoopBackOff" and put(c.status, "lastState", {})


@container_tamper("crash-loop-before-first-run", "BACKOFF-01", "A container that never ran backs off; the back-off counts from an exit.", "app", "sidecar", "init")
def crash_loop_first(_: Moment, c: Entry) -> bool:
    return c.never_ran and put(c.body, "reason", "CrashLoopBackOff")


@container_tamper("crash-loop-after-success", "RESTART-01", "A container backs off after exit 0 though it restarts only on failure; no start was tried.", "app")
def crash_loop_success(m: Moment, c: Entry) -> bool:
    loop = c.body.get("reason") == "CrashLoopBackOff" and not restarts_all(m.pod)
    return loop and not may_restart(m.pod, c.spec, 0) and put(c.last, "exitCode", 0)


@container_tamper("waiting-with-another-id", "CSTATE-12", "A waiting container's id is not that of its last run; it holds the dead container's.", "app", "sidecar", "init")
def waiting_id(_: Moment, c: Entry) -> bool:
    return c.state == "waiting" and bool(c.id) and "containerID" in c.last and put(c.status, "containerID", other_id(c.id))


@container_tamper("wrong-default-reason", "TRACE-29", "PodInitializing without init containers, or ContainerCreating with them; the default reason follows the spec.", "app", "sidecar", "init")
def default_reason(_: Moment, c: Entry) -> bool:
    other = {"PodInitializing": "ContainerCreating", "ContainerCreating": "PodInitializing"}.get(c.body.get("reason", ""))
    return other is not None and put(c.body, "reason", other)


@container_tamper("signal-reported", "CSTATE-13", "A terminated container names a signal; the kubelet never fills it in.", "app", "sidecar", "init", "ephemeral")
def signal(_: Moment, c: Entry) -> bool:
    return c.state == "terminated" and put(c.body, "signal", 9)


@container_tamper("end-of-another-container", "CSTATE-11", "The state is the end of a container with another id than the status.", "app", "sidecar", "init", "ephemeral")
def end_of_another(_: Moment, c: Entry) -> bool:
    return c.state == "terminated" and "containerID" in c.body and put(c.body, "containerID", other_id(c.id))


@container_tamper("started-while-terminated", "TRACE-19", "A container that the runtime reported as exited is started; only a running one is.", "app", "sidecar", "init")
def started_terminated(_: Moment, c: Entry) -> bool:
    return "containerID" in c.body and "startupProbe" not in c.spec and put(c.status, "started", True)


@container_tamper("started-while-waiting", "TRACE-19", "A waiting container is started; only a running one is.", "app", "sidecar", "init")
def started_waiting(_: Moment, c: Entry) -> bool:
    return c.state == "waiting" and "startupProbe" not in c.spec and put(c.status, "started", True)


@container_tamper("ready-while-terminated", "TRACE-19", "A container that the runtime reported as exited is ready; only a running one is.", "app", "sidecar")
def ready_terminated(_: Moment, c: Entry) -> bool:
    return "containerID" in c.body and "readinessProbe" not in c.spec and put(c.status, "ready", True)


@container_tamper("ready-while-waiting", "CSTATE-41", "A waiting container is ready; only a running one is.", "app", "sidecar")
def ready_waiting(_: Moment, c: Entry) -> bool:
    return c.state == "waiting" and "readinessProbe" not in c.spec and put(c.status, "ready", True)


@container_tamper("init-unready-after-success", "CSTATE-42", "A regular init container that ended with 0 is not ready; that is what its flag says.", "init")
def init_unready(_: Moment, c: Entry) -> bool:
    return succeeded(c.status) and put(c.status, "ready", False)


@container_tamper("init-ready-while-running", "CSTATE-19", "A regular init container is ready while it runs; it is so only after exit 0.", "init")
def init_ready(_: Moment, c: Entry) -> bool:
    return c.state == "running" and put(c.status, "ready", True)


@container_tamper("unstarted-without-startup-probe", "CSTATE-40", "A running container without a startup probe is not started; nothing delays it.", "app", "sidecar", "init")
def unstarted(_: Moment, c: Entry) -> bool:
    return c.state == "running" and "startupProbe" not in c.spec and put(c.status, "started", False)


@container_tamper("unready-under-containers-ready", "TRACE-18", "A ready flag is false while ContainersReady is True; the kubelet writes both together.", "app", "sidecar")
def unready(m: Moment, c: Entry) -> bool:
    return condition(m.pod, "ContainersReady").get("status") == "True" and put(c.status, "ready", False)


@container_tamper("running-without-id", "CSTATE-12", "A running container has no id; what runs was created.", "app", "sidecar", "init", "ephemeral")
def without_id(_: Moment, c: Entry) -> bool:
    return c.state == "running" and bool(c.id) and bool(c.status.pop("containerID"))


@container_tamper("id-without-runtime", "CSTATE-12", "A running container's id does not name its runtime.", "app", "sidecar", "init", "ephemeral")
def without_runtime(_: Moment, c: Entry) -> bool:
    return c.state == "running" and put(c.status, "containerID", c.id.partition("://")[2])


@container_tamper("state-vanishes", "CSTATE-01", "A container with an id has no state, which reads as waiting, where it ran; the kubelet fills in one.", "app", "sidecar", "init")
def state_vanishes(_: Moment, c: Entry) -> bool:
    return c.state == "running" and put(c.status, "state", {})


@container_tamper("running-turns-waiting", "CSTATE-07", "A container that ran waits as if it never had: its id stands, its end does not.", "app", "sidecar", "init")
def turns_waiting(m: Moment, c: Entry) -> bool:
    return c.state == "running" and not c.status["lastState"] and put(c.status, "state", default(m))


@container_tamper("last-state-vanishes", "CSTATE-06", "The last state of an unchanged run is gone; a 1.36 kubelet carries it over.", "app", "sidecar", "init")
def last_vanishes(_: Moment, c: Entry) -> bool:
    same = runs(c.status, c.id) and runs(c.before, c.id) and "terminated" in c.before["lastState"]  # type: ignore[index]
    return same and put(c.status, "lastState", {})


@container_tamper("app-runs-before-init", "TRACE-30", "An app container runs while a regular init container is in or before its first run.", "app")
def app_before_init(m: Moment, c: Entry) -> bool:
    inits = [one.status for one in m.entries("init")]
    pending = any(state(one) in ("running", "waiting") and not one["lastState"] and not one["restartCount"] for one in inits)
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("app-runs-before-sidecar", "TRACE-30", "An app container runs while a sidecar has never run; it starts after all of them.", "app")
def app_before_sidecar(m: Moment, c: Entry) -> bool:
    pending = any(one.never_ran and not one.status["restartCount"] for one in m.entries("sidecar"))
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("init-runs-out-of-order", "INIT-02", "An init container runs while an earlier one is in or before its first run.", "init", "sidecar")
def out_of_order(m: Moment, c: Entry) -> bool:
    order = [one["name"] for one in m.spec["initContainers"]]
    earlier = [one.status for one in m.entries("init") if order.index(one.spec["name"]) < order.index(c.spec["name"])]
    pending = any(state(one) in ("running", "waiting") and not one["lastState"] and not one["restartCount"] for one in earlier)
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("init-failed-under-app", "INIT-03", "A regular init container's newest run failed while an app container runs; it would have run again first.", "init")
def init_failed(m: Moment, c: Entry) -> bool:
    app_runs = any(one.state == "running" for one in m.entries("app"))
    return app_runs and succeeded(c.status) and "containerID" in c.body and put(c.body, "exitCode", 1)


@container_tamper("sidecar-runs-after-success", "TRACE-44", "A sidecar runs in phase Succeeded; the phase waits until it is stopped.", "sidecar")
def sidecar_late(m: Moment, c: Entry) -> bool:
    return m.status["phase"] == "Succeeded" and c.state == "terminated" and run_again(c)


@container_tamper("app-runs-after-success", "TRACE-14", "An app container runs in phase Succeeded, which needs every one ended with 0.", "app")
def app_late(m: Moment, c: Entry) -> bool:
    return m.status["phase"] == "Succeeded" and c.state == "terminated" and run_again(c)


@container_tamper("ephemeral-restarts", "EPH-04", "An ephemeral container runs after its end; the API server refuses that.", "ephemeral")
def ephemeral_restarts(_: Moment, c: Entry) -> bool:
    return c.state == "terminated" and state(c.before) == "terminated" and run_again(c)


@container_tamper("ephemeral-counts-restarts", "CSTATE-56", "An ephemeral container was restarted once; it is created at most once.", "ephemeral")
def ephemeral_count(_: Moment, c: Entry) -> bool:
    return put(c.status, "restartCount", 1)


@container_tamper("ephemeral-ready", "CSTATE-43", "An ephemeral container is ready; the kubelet never says so.", "ephemeral")
def ephemeral_ready(_: Moment, c: Entry) -> bool:
    return put(c.status, "ready", True)


@container_tamper("ephemeral-started", "CSTATE-43", "An ephemeral container is started; the kubelet never says so.", "ephemeral")
def ephemeral_started(_: Moment, c: Entry) -> bool:
    return put(c.status, "started", True)


@tamper("ephemeral-container-vanishes", "EPH-02", "An ephemeral container of the snapshot before is gone from the spec; the list only grows.")
def ephemeral_vanishes(m: Moment, _: Random) -> bool:
    return bool(m.before and m.before["spec"].get("ephemeralContainers")) and bool(m.spec.pop("ephemeralContainers"))


@tamper("ephemeral-container-changes", "EPH-02", "An ephemeral container has another image in one snapshot; its entry never changes.")
def ephemeral_changes(m: Moment, random: Random) -> bool:
    held = any(one["spec"].get("ephemeralContainers") for one in m.neighbours) and m.spec.get("ephemeralContainers", [])[:1]
    return bool(held) and put(held[0], "image", held[0]["image"] + "-x")


@tamper("status-of-unknown-container", "CSTATE-17", "A status names a container that the spec does not have; the kubelet writes one of each that it has.")
def unknown(m: Moment, random: Random) -> bool:
    entries = m.entries("app", "init", "sidecar")
    return bool(entries) and put(random.choice(entries).status, "name", "no-such-container")


@tamper("status-duplicated", "CSTATE-17", "A container has two statuses; the kubelet writes one.")
def duplicated(m: Moment, random: Random) -> bool:
    field = random.choice([one for one in ("containerStatuses", "initContainerStatuses") if m.status.get(one)] or [""])
    return bool(field) and put(m.status, field, [*m.status[field], random.choice(m.status[field])])


@tamper("status-missing-while-running", "TRACE-12", "An app container has no status in phase Running; the kubelet writes one of each.")
def missing(m: Moment, random: Random) -> bool:
    entries = m.status.get("containerStatuses", []) if m.status["phase"] == "Running" else []
    return bool(entries) and put(m.status, "containerStatuses", [one for one in entries if one is not random.choice(entries[:1])])


@tamper("init-status-missing", "CSTATE-17", "An init container has no status beside those of app containers; the kubelet writes one of each.")
def init_missing(m: Moment, _: Random) -> bool:
    held = m.status.get("initContainerStatuses", []) if m.status.get("containerStatuses") else []
    return bool(held) and put(m.status, "initContainerStatuses", held[1:])


@tamper("statuses-unsorted", "CSTATE-16", "The app containers' statuses are not sorted by name, as the kubelet writes them.")
def unsorted(m: Moment, _: Random) -> bool:
    held = m.status.get("containerStatuses", [])
    return len(held) > 1 and put(m.status, "containerStatuses", held[::-1])


@tamper("init-statuses-out-of-order", "CSTATE-16", "The init containers' statuses do not follow the spec's order, as the kubelet writes them.")
def init_unsorted(m: Moment, _: Random) -> bool:
    held = m.status.get("initContainerStatuses", [])
    return len(held) > 1 and put(m.status, "initContainerStatuses", held[::-1])
