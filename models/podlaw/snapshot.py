"""One pod as published at one moment, normalised: every container of the spec joined with its status.

Field names and domains are those of ``Pod`` and ``Container`` in spec/types.yaml. A snapshot comes from JSON
(`read`), from a dict or an official client object (`snapshot`), or from the model.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from podlaw import wire
from podlaw.errors import InputError
from podlaw.facts import HostPort, Volume, authors, best_effort, host_ports, owner, volumes

State = Literal["absent", "unset", "waiting", "running", "terminated"]
Status = Literal["True", "False", "Unknown", "absent"]
Section = Literal["app", "init", "ephemeral"]


class Condition(msgspec.Struct, frozen=True):
    """One condition; status `absent` where the pod has none of that type."""

    status: Status = "absent"
    reason: str = ""
    message: str = ""
    since: str | None = None
    observed: int = 0


class Container(msgspec.Struct, frozen=True):
    """A container of the spec and its status, flattened; see spec/types.yaml for each field."""

    name: str
    section: Section = "app"
    declared: bool = True
    place: int = 0
    image: str = ""
    cpu: str = ""
    policy: str | None = None
    rules: tuple[wire.Rule, ...] = ()
    startup: bool = False
    readiness: bool = False
    liveness: bool = False
    post_start: bool = False
    pre_stop: bool = False
    startup_grace: int | None = None
    liveness_grace: int | None = None
    resize_restart: bool = False
    entries: int = 0
    index: int = 0
    state: State = "absent"
    reason: str = ""
    message: str = ""
    code: int = 0
    signal: int = 0
    begin: str | None = None
    end: str | None = None
    run: str = ""
    last: Literal["none", "waiting", "running", "terminated"] = "none"
    last_reason: str = ""
    last_code: int = 0
    last_begin: str | None = None
    last_end: str | None = None
    last_run: str = ""
    ready: bool = False
    started: bool = False
    restarts: int = 0
    id: str = ""


ABSENT: Final = Condition()
CONDITIONS: Final = (
    "Ready", "ContainersReady", "Initialized", "PodScheduled", "PodReadyToStartContainers", "DisruptionTarget", "AllContainersRestarting",
    "PodResizePending", "PodResizeInProgress",
)  # fmt: skip


class ReadinessGate(msgspec.Struct, frozen=True):
    """A readiness gate of the spec and the status of its condition, `absent` where there is none."""

    type: str
    status: Status = "absent"


class SchedulingGate(msgspec.Struct, frozen=True):
    """A scheduling gate of the spec; the model also lists those that were removed, as not held."""

    name: str
    held: bool = True


class Snapshot(msgspec.Struct, frozen=True):
    """One pod as published; see ``Pod`` in spec/types.yaml for each field."""

    namespace: str
    name: str
    uid: str
    app: tuple[Container, ...]
    init: tuple[Container, ...] = ()
    regular: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    ephemeral: tuple[Container, ...] = ()
    main: tuple[Container, ...] = ()
    all: tuple[Container, ...] = ()
    app_statuses: tuple[Container, ...] = ()
    init_statuses: tuple[Container, ...] = ()
    ephemeral_statuses: tuple[Container, ...] = ()
    created: str | None = None
    policy: str | None = None
    static: bool = False
    mirror: bool = False
    host_network: bool = False
    deadline: int | None = None
    grace: int | None = None
    priority: int = 0
    best_effort: bool = True
    readiness_gates: tuple[ReadinessGate, ...] = ()
    version: str = ""
    generation: int = 0
    scheduling_gates: tuple[SchedulingGate, ...] = ()
    finalizers: tuple[str, ...] = ()
    node: str = ""
    deleting: bool = False
    deletion: str | None = None
    deletion_grace: int | None = None
    phase: Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"] = "Pending"
    reason: str = ""
    message: str = ""
    qos: str = ""
    observed: int = 0
    start: str | None = None
    ip: str = ""
    ips: tuple[str, ...] = ()
    host_ip: str = ""
    host_ips: tuple[str, ...] = ()
    nominated: str = ""
    known: bool = False
    Ready: Condition = ABSENT
    ContainersReady: Condition = ABSENT
    Initialized: Condition = ABSENT
    PodScheduled: Condition = ABSENT
    PodReadyToStartContainers: Condition = ABSENT
    DisruptionTarget: Condition = ABSENT
    AllContainersRestarting: Condition = ABSENT
    PodResizePending: Condition = ABSENT
    PodResizeInProgress: Condition = ABSENT
    resize: str = ""
    conditions: tuple[wire.Condition, ...] = ()
    tolerations: tuple[wire.Toleration, ...] = ()
    spec: bytes = b""
    authors: tuple[str, ...] = ()
    init_in_order: bool = True
    host_ports: tuple[HostPort, ...] = ()
    volumes: tuple[Volume, ...] = ()
    owner_kind: str = ""
    owner: str = ""


def read(document: bytes | str) -> Snapshot:
    """Return the pod of one JSON text; raise InputError naming the field that is wrong."""
    try:
        return normalise(wire.DECODER.decode(document))
    except msgspec.ValidationError:
        return snapshot(_generic(document))  # the slow way also accepts explicit nulls
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(wire.sentence(error)) from None


def _generic(document: bytes | str) -> object:
    try:
        return msgspec.json.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(wire.sentence(error)) from None


def snapshot(pod: Any) -> Snapshot:
    """Return the pod of a dict, a Snapshot (unchanged) or an official client object; raise InputError."""
    if isinstance(pod, Snapshot):
        return pod
    try:
        return normalise(wire.DECODER.decode(msgspec.json.encode(wire.plain(pod))))
    except (msgspec.MsgspecError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(wire.sentence(error)) from None


def normalise(pod: wire.Pod) -> Snapshot:
    """Join spec and status; raise InputError for a container status with two states at once."""
    meta, status, text = pod.metadata, pod.status, bytes(pod.spec)
    spec = wire.spec(text)
    app, app_statuses = _join("app", spec.containers, status.container_statuses)
    init, init_statuses = _join("init", spec.init_containers, status.init_container_statuses)
    ephemeral, ephemeral_statuses = _join("ephemeral", spec.ephemeral_containers, status.ephemeral_container_statuses)
    regular, sidecars = tuple([c for c in init if c.policy != "Always"]), tuple([c for c in init if c.policy == "Always"])
    listed = {c.type: Condition(c.status, c.reason, c.message, c.since, c.observed) for c in status.conditions}
    found = listed.get
    annotations = meta.annotations
    return Snapshot(
        meta.namespace, meta.name, meta.uid, app, init, regular, sidecars, ephemeral,
        sidecars + app, init + app + ephemeral, app_statuses, init_statuses, ephemeral_statuses,
        meta.created, spec.policy,
        "kubernetes.io/config.source" in annotations and annotations["kubernetes.io/config.source"] != "api",
        "kubernetes.io/config.mirror" in annotations,
        spec.host_network, spec.deadline, spec.grace, spec.priority, best_effort(text),
        tuple([ReadinessGate(g.type, found(g.type, ABSENT).status) for g in spec.readiness_gates]),
        meta.version, meta.generation, tuple([SchedulingGate(g.name) for g in spec.scheduling_gates]), meta.finalizers, spec.node,
        meta.deletion is not None, meta.deletion, meta.deletion_grace,
        status.phase, status.reason, status.message, status.qos, status.observed, status.start,
        status.ip, tuple([a.ip for a in status.ips]), status.host_ip, tuple([a.ip for a in status.host_ips]), status.nominated,
        status.container_statuses is not None or status.init_container_statuses is not None,
        found("Ready", ABSENT), found("ContainersReady", ABSENT), found("Initialized", ABSENT), found("PodScheduled", ABSENT),
        found("PodReadyToStartContainers", ABSENT), found("DisruptionTarget", ABSENT), found("AllContainersRestarting", ABSENT),
        found("PodResizePending", ABSENT), found("PodResizeInProgress", ABSENT), status.resize,
        status.conditions, spec.tolerations, text, authors(meta.managed) if meta.managed else (),
        not init_statuses or [c.name for c in init_statuses] == [c.name for c in init if c.entries],
        host_ports(text), volumes(text, meta.name) if spec.volumes else (), *(owner(meta.owners) if meta.owners else ("", "")),
    )  # fmt: skip


Containers = tuple[Container, ...]


def _join(section: Section, declared: tuple[wire.Container, ...], statuses: tuple[wire.Status, ...] | None) -> tuple[Containers, Containers]:
    """Return the containers in the order of the spec, and those with a status in the order of the status list."""
    if not statuses:
        return tuple([_container(section, c, None, 0, 0, place) for place, c in enumerate(declared)]), ()
    first: dict[str, int] = {}
    for index, status in enumerate(statuses):
        first.setdefault(status.name, index)
    count = len(statuses)
    entries = [0] * count if len(first) == count else [sum(s.name == o.name for o in statuses) for s in statuses]
    joined, by_index = [], {}
    for place, spec in enumerate(declared):
        index = first.get(spec.name, -1)
        if index < 0:
            joined.append(_container(section, spec, None, 0, 0, place))
        else:
            by_index[index] = one = _container(section, spec, statuses[index], entries[index] or 1, index, place)
            joined.append(one)
    listed = tuple([by_index[i] if i in by_index else _stray(section, declared, s, entries[i] or 1, i) for i, s in enumerate(statuses)])
    return tuple(joined), listed


def _stray(section: Section, declared: tuple[wire.Container, ...], status: wire.Status, entries: int, index: int) -> Container:
    for place, spec in enumerate(declared):
        if spec.name == status.name:
            return _container(section, spec, status, entries, index, place)
    return _container(section, wire.Container(status.name), status, entries, index, declared=False)


def _container(
    section: Section, spec: wire.Container, status: wire.Status | None, entries: int, index: int, place: int = 0, declared: bool = True
) -> Container:
    static = (
        spec.name, section, declared, place, spec.image, spec.resources.cpu, spec.policy, spec.rules,
        spec.startup is not None, spec.readiness is not None, spec.liveness is not None,
        spec.lifecycle is not None and spec.lifecycle.post_start is not None, spec.lifecycle is not None and spec.lifecycle.pre_stop is not None,
        None if spec.startup is None else spec.startup.grace, None if spec.liveness is None else spec.liveness.grace,
        any(p.resource == "cpu" and p.restart == "RestartContainer" for p in spec.resize),
    )  # fmt: skip
    if status is None:
        return Container(*static)
    state, last = status.state, status.last
    kind, reason, message, code, signal, begin, end, run = _flat(state, status.name) if state is not None else _UNSET
    last_kind, last_reason, _, last_code, _, last_begin, last_end, last_run = _flat(last, status.name) if last is not None else _UNSET
    return Container(
        *static, entries, index, kind, reason, message, code, signal, begin, end, run,
        "none" if last_kind == "unset" else last_kind, last_reason, last_code, last_begin, last_end, last_run,
        status.ready, status.started is True, status.restarts, status.id,
    )  # fmt: skip


Flat = tuple[Any, str, str, int, int, str | None, str | None, str]
_UNSET: Final[Flat] = ("unset", "", "", 0, 0, None, None, "")


def _flat(state: wire.State, name: str) -> Flat:
    waiting, running, terminated = state.waiting, state.running, state.terminated
    if (waiting is not None) + (running is not None) + (terminated is not None) > 1:
        raise InputError(f"container '{name}' has two states at once; keep one of waiting, running, terminated")
    if running is not None:
        return ("running", "", "", 0, 0, running.begin, None, "")
    if waiting is not None:
        return ("waiting", waiting.reason, waiting.message, 0, 0, None, None, "")
    if terminated is not None:
        t = terminated
        return ("terminated", t.reason, t.message, t.code, t.signal, t.begin, t.end, t.id)
    return _UNSET
