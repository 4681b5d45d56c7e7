"""One pod of the model: what the runtime has, what the kubelet has seen and cached, and what the API publishes.

The structs mirror ``Life``, ``Process`` and ``Run`` of spec/types.yaml; how they change stands in spec/events.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from podlaw.snapshot import ABSENT, CONDITIONS, Condition, Container, ReadinessGate, Snapshot


class Run(msgspec.Struct, frozen=True):
    """One container record of the runtime; instants in seconds."""

    state: str = "none"
    attempt: int = 0
    sandbox: int = 0
    code: int = 0
    reason: str = ""
    begin: float | None = None
    end: float | None = None
    id: str = ""


NO_RUN = Run()


class Process(msgspec.Struct, frozen=True):
    """One container of the model."""

    spec: Container
    place: int
    present: bool = True
    image: str = ""
    taken: bool = True
    taken_image: str = ""
    run: Run = NO_RUN
    older: Run = NO_RUN
    seen: Run = NO_RUN
    seen_older: Run = NO_RUN
    outdated: bool = False
    cpu: str = ""
    allotted: str = ""
    actuated: str = ""
    plan: str = "none"
    error: str = ""
    backoff: str = "none"
    level: int = 0
    allowed: float | None = None
    pull_level: int = 0
    pulled: float | None = None
    survivor: bool = False
    probed: str = ""
    startup: str = "none"
    readiness: str = "none"
    liveness: str = "none"
    stop: str = "none"
    stop_since: float | None = None
    stop_grace: int = 0


class Life(msgspec.Struct, frozen=True):
    """One pod of the model at one instant."""

    now: float
    processes: tuple[Process, ...]
    api: Snapshot
    cached: Snapshot
    picked: Snapshot
    deletion: str = "live"
    manifest: str = "present"
    grace: int = 0
    sandbox: str = "none"
    sandboxes: int = 0
    ip: str = ""
    host: str = ""
    seen_sandbox: str = "none"
    seen_sandboxes: int = 0
    seen_ip: str = ""
    fresh: bool = True
    down: bool = False
    up: float | None = None
    took: bool = False
    taken: int = 0
    taken_deleting: bool = False
    woken: float | None = None
    worker: str = "none"
    initialized: bool = False
    step: str = "idle"
    renewal: str = "none"
    over: bool = False
    resizing: bool = False
    resize_pending: Condition = ABSENT
    resize_progress: Condition = ABSENT
    began: float | None = None
    asked: float | None = None
    computed: float | None = None
    callback: bool = False
    known: bool = False
    writing: bool = False
    volumes: str = "none"


def begin(pod: Snapshot, now: float = 0.0, host: str = "") -> Life:
    """Return the pod as it is right after its creation, with the address of its node where that is known."""
    lists = (pod.init, pod.app, pod.ephemeral)
    processes = tuple(_process(c, place) for containers in lists for place, c in enumerate(containers))
    return Life(now, processes, pod, pod, pod, host=host)


def _process(c: Container, place: int) -> Process:
    return Process(c, place, c.declared, c.image, c.declared, c.image, cpu=c.cpu, allotted=c.cpu, actuated=c.cpu)


STATUS: Final = (
    "phase", "reason", "message", "observed", "start", "ip", "ips", "host_ip", "host_ips",
    "nominated", "known", "conditions", "resize", *CONDITIONS,
)  # fmt: skip
OF_SPEC: Final = (
    "place", "image", "cpu", "policy", "rules", "startup", "readiness", "liveness", "post_start",
    "pre_stop", "startup_grace", "liveness_grace", "resize_restart",
)  # fmt: skip
GATED: Final = Condition("False", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")


def created(pod: Snapshot) -> Snapshot:
    """Return the pod as the API server creates it, whatever status the manifest carries (PHASE-20, SCHED-08); ephemeral containers come later (EPH-01)."""
    spec = Snapshot(pod.namespace, pod.name, pod.uid, ())
    status = {f: getattr(spec, f) for f in STATUS} | ({"PodScheduled": GATED} if pod.scheduling_gates else {})
    status["readiness_gates"] = tuple(ReadinessGate(g.type) for g in pod.readiness_gates)
    made = replace(pod, generation=max(pod.generation, 1), deleting=False, deletion=None, deletion_grace=None, **status)
    return with_containers(made, [Container(c.name, c.section, c.section != "ephemeral", **{f: getattr(c, f) for f in OF_SPEC}) for c in pod.all])


def with_containers(pod: Snapshot, containers: Sequence[Container]) -> Snapshot:
    """Return ``pod`` with new statuses for all its containers, given in the order of the spec (init, app, ephemeral)."""
    first, second = len(pod.init), len(pod.init) + len(pod.app)
    init = tuple(replace(c, index=i, entries=1) for i, c in enumerate(containers[:first]))
    ranks = {c.name: i for i, c in enumerate(sorted(containers[first:second], key=_name))}
    app = tuple(replace(c, index=ranks[c.name], entries=1) for c in containers[first:second])
    ephemeral = tuple(replace(c, index=i, entries=1) for i, c in enumerate(containers[second:]))
    sidecars = tuple(c for c in init if c.policy == "Always")
    return replace(
        pod, init=init, app=app, ephemeral=ephemeral, sidecars=sidecars, regular=tuple(c for c in init if c.policy != "Always"),
        main=sidecars + app, all=init + app + ephemeral,
        init_statuses=init, app_statuses=tuple(sorted(app, key=_name)), ephemeral_statuses=tuple(sorted(ephemeral, key=_name)),
    )  # fmt: skip


def _name(container: Container) -> str:
    return container.name
