"""Tampers of what a pod's containers are to each other: who runs before and after whom, ephemeral ones, the lists of statuses."""

from __future__ import annotations

from random import Random

from tamper_containers import end_early, run_again
from tamper_moment import TERMINAL, Entry, Moment, container_tamper, first_run, put, state, succeeded, tamper


@container_tamper("app-runs-before-init", "TRACE-30", "app")
def app_before_init(m: Moment, c: Entry) -> bool:
    """An app container runs while a regular init container is in or before its first run."""
    inits = [one.status for one in m.entries("init")]
    pending = any(map(first_run, inits))
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("app-runs-before-sidecar", "TRACE-30", "app")
def app_before_sidecar(m: Moment, c: Entry) -> bool:
    """An app container runs while a sidecar has never run; it starts after all of them."""
    pending = any(one.never_ran and not one.status["restartCount"] for one in m.entries("sidecar"))
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("init-runs-out-of-order", "INIT-02", "init", "sidecar")
def out_of_order(m: Moment, c: Entry) -> bool:
    """An init container runs while an earlier one is in or before its first run."""
    order = [one["name"] for one in m.spec["initContainers"]]
    earlier = [one.status for one in m.entries("init") if order.index(one.spec["name"]) < order.index(c.spec["name"])]
    pending = any(map(first_run, earlier))
    return c.never_ran and pending and put(c.status, "state", {"running": {"startedAt": m.status["startTime"]}})


@container_tamper("init-failed-under-app", "INIT-03", "init")
def init_failed(m: Moment, c: Entry) -> bool:
    """A regular init container's newest run failed while an app container runs; it would have run again first."""
    app_runs = any(one.state == "running" for one in m.entries("app"))
    return app_runs and succeeded(c.status) and "containerID" in c.body and put(c.body, "exitCode", 1)


@container_tamper("sidecar-runs-after-the-end", "TRACE-44", "sidecar")
def sidecar_late(m: Moment, c: Entry) -> bool:
    """A stopped sidecar runs in phase Succeeded, or after a terminal phase; nothing starts then."""
    over = m.before and m.before["status"]["phase"] in TERMINAL and state(c.before) == "terminated"
    return c.state == "terminated" and (m.status["phase"] == "Succeeded" or bool(over)) and run_again(c)


@container_tamper("app-runs-after-success", "TRACE-14", "app")
def app_late(m: Moment, c: Entry) -> bool:
    """An app container runs in phase Succeeded, which needs every one ended with 0."""
    return m.status["phase"] == "Succeeded" and c.state == "terminated" and run_again(c)


@container_tamper("ephemeral-restarts", "EPH-04", "ephemeral")
def ephemeral_restarts(_: Moment, c: Entry) -> bool:
    """An ephemeral container runs after its end; the API server refuses that."""
    if c.state == "terminated":
        return state(c.before) == "terminated" and run_again(c)
    return end_early(c)


@container_tamper("ephemeral-counts-restarts", "CSTATE-56", "ephemeral")
def ephemeral_count(_: Moment, c: Entry) -> bool:
    """An ephemeral container was restarted once; it is created at most once."""
    return put(c.status, "restartCount", 1)


@container_tamper("ephemeral-ready", "CSTATE-43", "ephemeral")
def ephemeral_ready(_: Moment, c: Entry) -> bool:
    """An ephemeral container is ready; the kubelet never says so."""
    return put(c.status, "ready", True)


@container_tamper("ephemeral-started", "CSTATE-43", "ephemeral")
def ephemeral_started(_: Moment, c: Entry) -> bool:
    """An ephemeral container is started; the kubelet never says so."""
    return put(c.status, "started", True)


@tamper("ephemeral-container-vanishes", "EPH-02")
def ephemeral_vanishes(m: Moment, _: Random) -> bool:
    """An ephemeral container of the snapshot before is gone from the spec; the list only grows."""
    return bool(m.before and m.before["spec"].get("ephemeralContainers")) and bool(m.spec.pop("ephemeralContainers"))


@tamper("ephemeral-container-changes", "EPH-02")
def ephemeral_changes(m: Moment, random: Random) -> bool:
    """An ephemeral container has another image in one snapshot; its entry never changes."""
    old = [one["name"] for pod in m.neighbours for one in pod["spec"].get("ephemeralContainers", [])]
    held = [one for one in m.spec.get("ephemeralContainers", []) if one["name"] in old]
    return bool(held) and put(random.choice(held), "image", "registry.local/other:1")


@tamper("status-of-unknown-container", "CSTATE-17")
def unknown(m: Moment, random: Random) -> bool:
    """A status names a container that the spec does not have; the kubelet writes one of each that it has."""
    entries = m.entries("app", "init", "sidecar")
    return bool(entries) and put(random.choice(entries).status, "name", "no-such-container")


@tamper("status-duplicated", "CSTATE-17")
def duplicated(m: Moment, random: Random) -> bool:
    """A container has two statuses; the kubelet writes one."""
    field = random.choice([one for one in ("containerStatuses", "initContainerStatuses") if m.status.get(one)] or [""])
    return bool(field) and put(m.status, field, [*m.status[field], random.choice(m.status[field])])


@tamper("status-missing-while-running", "TRACE-12")
def missing(m: Moment, random: Random) -> bool:
    """An app container has no status in phase Running; the kubelet writes one of each."""
    held = m.status.get("containerStatuses", []) if m.status["phase"] == "Running" else []
    lost = random.choice(held or [{}])
    return bool(held) and put(m.status, "containerStatuses", [one for one in held if one is not lost])


@tamper("init-status-missing", "CSTATE-17")
def init_missing(m: Moment, _: Random) -> bool:
    """An init container has no status beside those of app containers; the kubelet writes one of each."""
    held = m.status.get("initContainerStatuses", []) if m.status.get("containerStatuses") else []
    return bool(held) and put(m.status, "initContainerStatuses", held[1:])


@tamper("statuses-unsorted", "CSTATE-16")
def unsorted(m: Moment, _: Random) -> bool:
    """The app containers' statuses are not sorted by name, as the kubelet writes them."""
    held = m.status.get("containerStatuses", [])
    return len(held) > 1 and put(m.status, "containerStatuses", held[::-1])


@tamper("init-statuses-out-of-order", "CSTATE-16")
def init_unsorted(m: Moment, _: Random) -> bool:
    """The init containers' statuses do not follow the spec's order, as the kubelet writes them."""
    held = m.status.get("initContainerStatuses", [])
    return len(held) > 1 and put(m.status, "initContainerStatuses", held[::-1])
