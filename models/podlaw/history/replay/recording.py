"""Read a recording: what the runtime did and what the API showed of each pod, in order of time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from podlaw.errors import InputError
from podlaw.snapshot import Container, Snapshot, snapshot

CLOCK: Final = 0.01  # seconds by which the runtime may read its clock after it has noted the time of a record
ID: Final = 12  # digits of a container's id in the record
EVENTS: Final = {  # the lines of the runtime's record: the event of the law and its parameters
    "sandbox_failed": ("fail_sandbox",),
    "sandbox": ("create_sandbox", "ip"),
    "pull": ("pull", "image", "success"),
    "create_failed": ("fail_create", "container", "reason"),
    "create": ("create", "container", "id"),
    "start_failed": ("fail_start", "container"),
    "start": ("start", "container"),
    "exec": ("exec", "container", "id", "command", "success"),
    "stop": ("stop", "container", "timeout"),
    "exit": ("exit", "container", "code", "reason"),
    "lost": ("lose", "container"),
    "sandbox_died": ("sandbox_die",),
    "sandbox_stopped": ("stop_sandbox",),
    "remove": ("remove", "container", "id"),
}
ENVIRONMENT: Final = ("exit", "lost", "sandbox_died")  # what the runtime does by itself
AHEAD: Final = 0.3  # seconds by which a write may have happened before the watch shows it
LAST: Final = 0.999  # of a second
T = TypeVar("T")


class Shown(msgspec.Struct, frozen=True):
    """A line of the watch."""

    type: str
    object: dict[str, Any]


class Writer(msgspec.Struct, frozen=True):
    """Who wrote a version of an object."""

    manager: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """When a line of the watch came, in Unix seconds."""

    t: float
    writers: list[Writer]


class Call(msgspec.Struct, frozen=True):
    """A line of the runtime's record, at some Unix seconds; what an event does not have is empty."""

    t: float
    ev: str
    uid: str = ""
    container: str = msgspec.field(default="", name="c")
    id: str = ""
    ip: str = ""
    code: int = 0
    image: str = ""
    reason: str = ""
    command: tuple[str, ...] = msgspec.field(default=(), name="cmd")
    success: bool = msgspec.field(default=True, name="ok")
    timeout: int = 0


class Observed(msgspec.Struct, frozen=True):
    """One thing the recording shows: a call or event of the runtime, or a snapshot."""

    time: float
    event: str
    values: dict[str, Any]
    pod: Snapshot | None = None


def recorded(directory: Path) -> dict[tuple[str, str], list[Observed]]:
    """Return what a recording shows of each pod, in order of time, from its creation on; raise InputError."""
    watch, arrivals, runtime = _lines(directory, "watch", Shown), _lines(directory, "arrivals", Arrival), _lines(directory, "runtime", Call)
    if len(watch) != len(arrivals):
        raise InputError(f"{directory}: watch has {len(watch)} lines and arrivals {len(arrivals)}; give the arrival of each watch event")
    pods: dict[tuple[str, str], list[Observed]] = {}
    for number, (shown, arrival) in enumerate(zip(watch, arrivals, strict=True), 1):
        try:
            pod = snapshot(shown.object)
        except InputError as error:
            raise InputError(f"{directory}, line {number} of watch: {error}") from None
        pods.setdefault((pod.name, _uid(shown.object)), []).append(Observed(arrival.t, shown.type, {}, pod))
    pods = {key: list(_widened(seen)) for key, seen in pods.items()}
    stamps = dict(_stamps(one.pod for seen in pods.values() for one in seen if one.pod is not None))
    called: dict[str, list[Observed]] = {}
    end = max((arrival.t for arrival in arrivals), default=0.0)  # what the runtime did after the watch ended is not judged
    for line in sorted(runtime, key=_moment):
        if line.t <= end and (one := _call(line)) is not None:
            stamp = stamps.get((line.ev, line.id[:ID]), one.time)
            called.setdefault(line.uid, []).append(replace(one, time=stamp) if one.time < stamp <= one.time + CLOCK else one)
    merged = {key: _merged(snapshots, called.get(key[1], [])) for key, snapshots in pods.items()}
    return {key: [observed[0], *_succeeded(observed[0], pods.values()), *observed[1:]] for key, observed in merged.items()}


def _moment(line: Call) -> tuple[float, int]:
    """Return where a line stands in time; of one moment, what a container needs before what it goes through."""
    return line.t, tuple(EVENTS).index(line.ev) if line.ev in EVENTS else 0


def _merged(snapshots: list[Observed], calls: list[Observed]) -> list[Observed]:
    """Interleave snapshots and calls by time; the pod was created before anything happened to it."""
    first, *later = snapshots
    created = replace(first, time=min([first.time - AHEAD, *(c.time for c in calls[:1])]))
    return [created, *sorted([*later, *calls], key=lambda one: one.time)]


def _succeeded(first: Observed, others: Iterable[list[Observed]]) -> Iterator[Observed]:
    """Yield that a static pod takes the place of one whose mirror has just been deleted."""
    assert first.pod is not None
    if first.pod.mirror:
        for old in (seen[-1] for seen in others):
            if old.pod is not None and old.event == "DELETED" and old.pod.name == first.pod.name and 0 <= first.time + AHEAD - old.time < AHEAD:
                yield Observed(first.time, "succeed", {"start": old.pod.start})


def _widened(seen: list[Observed]) -> Iterator[Observed]:
    """Give every snapshot of a pod the ephemeral containers that come later, not yet declared: a pod of the model has all from the beginning."""
    assert seen[-1].pod is not None
    later = [Container(c.name, c.section, declared=False, image=c.image) for c in seen[-1].pod.ephemeral]
    for one in seen:
        assert one.pod is not None
        known = {c.name: c for c in one.pod.ephemeral}
        ephemeral = tuple(known.get(c.name, c) for c in later)
        yield replace(one, pod=replace(one.pod, ephemeral=ephemeral, all=one.pod.init + one.pod.app + ephemeral)) if later else one


def _uid(pod: dict[str, Any]) -> str:
    """Return the uid by which the node knows a pod: the mirrors of one static pod share that of the static pod."""
    meta: dict[str, Any] = pod["metadata"]
    uid: str = meta.get("annotations", {}).get("kubernetes.io/config.mirror", meta["uid"])
    return uid


def acts(directory: Path) -> list[float]:
    """Return when the kubelet is recorded to have done something for any pod, as far as field managers tell of its writes."""
    arrivals, runtime = _lines(directory, "arrivals", Arrival), _lines(directory, "runtime", Call)
    written = [a.t for a in arrivals if any(writer.manager == "kubelet" for writer in a.writers)]
    return [*written, *(line.t for line in runtime if line.ev not in ENVIRONMENT)]


def _stamps(pods: Iterable[Snapshot]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the second in which each run started and exited, as the runtime told it: the record's own time may be a moment earlier."""
    for c in (c for pod in pods for c in pod.all):
        for ident, begin, end in ((c.run or c.id, c.begin, c.end), (c.last_run, c.last_begin, c.last_end)):
            key = ident.partition("://")[2][:ID]
            yield from ((("start", key), seconds(begin)),) if begin else ()
            yield from ((("exit", key), seconds(end)),) if end else ()


def seconds(stamp: str) -> float:
    """Return the instant of a time as objects show it, in Unix seconds; raise InputError for what is no time."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        raise InputError(f"'{stamp[:40]}' is no time; record pods as the API server returns them") from None


def _lines(directory: Path, name: str, kind: type[T]) -> list[T]:
    """Return the lines of one file of a recording; raise InputError naming the file and the line."""
    path, found = directory / f"{name}.jsonl.gz", []
    decoder = msgspec.json.Decoder(kind)
    try:
        with gzip.open(path) as file:
            for line in file:
                found.append(decoder.decode(line))  # noqa: PERF401 - how many there are is the line of an error
    except msgspec.ValidationError as error:
        raise InputError(f"{path}, line {len(found) + 1}: {error}; tests/data/traces/README.md tells what a line has") from None
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read as lines of JSON ({reason}); name a directory with watch, arrivals and runtime") from None
    return found


def _call(line: Call) -> Observed | None:
    """Translate a line of the runtime's record into an event of the law, with what of the line it needs."""
    if line.ev not in EVENTS:
        return None
    event, *wanted = EVENTS[line.ev]
    if event == "fail_create" and not line.reason:
        line = replace(line, reason="CreateContainerError")
    return Observed(line.t, event, {name: getattr(line, name) for name in wanted})
