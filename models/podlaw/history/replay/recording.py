"""Read a recording: what the runtime did and what the API showed of each pod, in order of time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

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
FIELDS: Final[dict[str, dict[str, Any]]] = {  # what every line of a file has
    "watch": {"type": str, "object": dict},
    "arrivals": {"t": (int, float), "writers": list},
    "runtime": {"t": (int, float), "ev": str},
}
ENVIRONMENT: Final = ("exit", "lost", "sandbox_died")  # what the runtime does by itself
AHEAD: Final = 0.3  # seconds by which a write may have happened before the watch shows it
LAST: Final = 0.999  # of a second


class Observed(msgspec.Struct, frozen=True):
    """One thing the recording shows: a call or event of the runtime, or a snapshot."""

    time: float
    event: str
    values: dict[str, Any]
    pod: Snapshot | None = None


def recorded(directory: Path) -> dict[tuple[str, str], list[Observed]]:
    """Return what a recording shows of each pod, in order of time, from its creation on; raise InputError."""
    watch, arrivals, runtime = (_lines(directory, name) for name in ("watch", "arrivals", "runtime"))
    if len(watch) != len(arrivals):
        raise InputError(f"{directory}: watch has {len(watch)} lines and arrivals {len(arrivals)}; give the arrival of each watch event")
    pods: dict[tuple[str, str], list[Observed]] = {}
    for document, arrival in zip(watch, arrivals, strict=True):
        pod = snapshot(document["object"])
        pods.setdefault((pod.name, _uid(document["object"])), []).append(Observed(arrival["t"], document["type"], {}, pod))
    pods = {key: list(_widened(seen)) for key, seen in pods.items()}
    stamps = dict(_stamps(one.pod for seen in pods.values() for one in seen if one.pod is not None))
    called: dict[str, list[Observed]] = {}
    end = max((arrival["t"] for arrival in arrivals), default=0.0)  # what the runtime did after the watch ended is not judged
    for line in sorted(runtime, key=_moment):
        if line["t"] <= end and (one := _call(line)) is not None:
            stamp = stamps.get((line["ev"], line.get("id", "")[:ID]), one.time)
            called.setdefault(line.get("uid", ""), []).append(replace(one, time=stamp) if one.time < stamp <= one.time + CLOCK else one)
    merged = {key: _merged(snapshots, called.get(key[1], [])) for key, snapshots in pods.items()}
    return {key: [observed[0], *_succeeded(observed[0], pods.values()), *observed[1:]] for key, observed in merged.items()}


def _moment(line: dict[str, Any]) -> tuple[float, int]:
    """Return where a line stands in time; of one moment, what a container needs before what it goes through."""
    return line["t"], tuple(EVENTS).index(line["ev"]) if line["ev"] in EVENTS else 0


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
    arrivals, runtime = (_lines(directory, name) for name in ("arrivals", "runtime"))
    written = [a["t"] for a in arrivals if any(writer["manager"] == "kubelet" for writer in a["writers"])]
    return [*written, *(line["t"] for line in runtime if line["ev"] not in ENVIRONMENT)]


def _stamps(pods: Iterable[Snapshot]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the second in which each run started and exited, as the runtime told it: the record's own time may be a moment earlier."""
    for c in (c for pod in pods for c in pod.all):
        for ident, begin, end in ((c.run or c.id, c.begin, c.end), (c.last_run, c.last_begin, c.last_end)):
            key = ident.partition("://")[2][:ID]
            yield from ((("start", key), seconds(begin)),) if begin else ()
            yield from ((("exit", key), seconds(end)),) if end else ()


def seconds(stamp: str) -> float:
    """Return the instant of a time as objects show it, in Unix seconds."""
    return datetime.fromisoformat(stamp).timestamp()


def _lines(directory: Path, name: str) -> list[dict[str, Any]]:
    path, found = directory / f"{name}.jsonl.gz", []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read as lines of JSON ({reason}); name a directory with watch, arrivals and runtime") from None
    for number, line in enumerate(found, 1):
        for field, kind in FIELDS[name].items():
            if not isinstance(line, dict) or not isinstance(line.get(field), kind):
                raise InputError(f"{path}, line {number}: it has no '{field}' as a recording has it; see tests/data/traces/README.md")
    return found


def _call(line: dict[str, Any]) -> Observed | None:
    """Translate a line of the runtime's record into an event of the law, with what of the line it needs."""
    if line["ev"] not in EVENTS:
        return None
    event, *wanted = EVENTS[line["ev"]]
    reason = "CreateContainerError" if event == "fail_create" else ""
    given = {
        "container": line.get("c", ""), "id": line.get("id", ""), "ip": line.get("ip", ""), "code": line.get("code", 0), "image": line.get("image", ""),
        "reason": line.get("reason", reason), "command": tuple(line.get("cmd", ())), "success": line.get("ok", True),
        "timeout": line.get("timeout", 0),
    }  # fmt: skip
    return Observed(line["t"], event, {name: given[name] for name in wanted})
