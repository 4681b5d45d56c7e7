"""Read a recording: what the runtime did and what the API showed of each pod, in order of time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from podlaw.errors import InputError
from podlaw.history.replay.writes import foreign
from podlaw.snapshot import Container, Snapshot, snapshot

CLOCK: Final = 0.01  # seconds by which the runtime may read its clock after it has noted the time of a record
ID: Final = 12  # digits of a container's id in the record
ENVIRONMENT: Final = ("exit", "lost", "sandbox_died")  # what the runtime does by itself
AHEAD: Final = 0.3  # seconds by which a client's write may reach the kubelet before the watch shows it


class Observed(msgspec.Struct, frozen=True):
    """One thing the recording shows: a call or event of the runtime, or a snapshot."""

    time: float
    event: str
    values: dict[str, Any]
    pod: Snapshot | None = None


def recorded(directory: Path) -> dict[tuple[str, str], list[Observed]]:
    """Return what a recording shows of each pod, in order of time."""
    watch, arrivals, runtime = (_lines(directory / f"{name}.jsonl.gz") for name in ("watch", "arrivals", "runtime"))
    pods: dict[tuple[str, str], list[Observed]] = {}
    for document, arrival in zip(watch, arrivals, strict=True):
        pod = snapshot(document["object"])
        # a kubelet makes a mirror within the first sync of a static pod
        time = arrival["t"] - AHEAD if pod.mirror and document["type"] == "ADDED" else arrival["t"]
        pods.setdefault((pod.name, _uid(document["object"])), []).append(Observed(time, document["type"], {}, pod))
    pods = {key: list(_widened(seen)) for key, seen in pods.items()}
    stamps = dict(_stamps(one.pod for seen in pods.values() for one in seen if one.pod is not None))
    called: dict[str, list[Observed]] = {}
    end = max((arrival["t"] for arrival in arrivals), default=0.0)  # what the runtime did after the watch ended is not judged
    for line in runtime:
        if line["t"] <= end and (one := _call(line)) is not None:
            stamp = stamps.get((line["ev"], line.get("id", "")), one.time)
            called.setdefault(line.get("uid", ""), []).append(replace(one, time=stamp) if one.time < stamp <= one.time + CLOCK else one)
    merged = {key: list(_merged(snapshots, called.get(key[1], []))) for key, snapshots in pods.items()}
    return {key: [observed[0], *_succeeded(observed[0], pods.values()), *observed[1:]] for key, observed in merged.items()}


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
    for one in seen:
        assert one.pod is not None
        later = tuple(Container(c.name, c.section, declared=False, image=c.image) for c in seen[-1].pod.ephemeral[len(one.pod.ephemeral) :])
        yield replace(one, pod=replace(one.pod, ephemeral=one.pod.ephemeral + later, all=one.pod.all + later)) if later else one


def _uid(pod: dict[str, Any]) -> str:
    """Return the uid by which the node knows a pod: the mirrors of one static pod share that of the static pod."""
    meta: dict[str, Any] = pod["metadata"]
    uid: str = meta.get("annotations", {}).get("kubernetes.io/config.mirror", meta["uid"])
    return uid


def acts(directory: Path) -> list[float]:
    """Return when the kubelet is recorded to have done something for any pod, as far as field managers tell of its writes."""
    arrivals, runtime = (_lines(directory / f"{name}.jsonl.gz") for name in ("arrivals", "runtime"))
    written = [a["t"] for a in arrivals if any(writer["manager"] == "kubelet" for writer in a["writers"])]
    return [*written, *(line["t"] for line in runtime if line["ev"] not in ENVIRONMENT)]


def _stamps(pods: Iterable[Snapshot]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the second in which each run started and exited, as the runtime told it: the record's own time may be a moment earlier."""
    for c in (c for pod in pods for c in pod.all):
        for ident, begin, end in ((c.run or c.id, c.begin, c.end), (c.last_run, c.last_begin, c.last_end)):
            key = ident.partition("://")[2][:ID]
            yield from ((("start", key), _seconds(begin)),) if begin else ()
            yield from ((("exit", key), _seconds(end)),) if end else ()


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as lines of JSON ({error}); name a directory with watch, arrivals and runtime") from None


def _call(line: dict[str, Any]) -> Observed | None:
    """Translate a line of the runtime's record into an event of the law."""
    container, kind = {"container": line.get("c", "")}, line["ev"]
    events: dict[str, tuple[str, dict[str, Any]]] = {
        "sandbox": ("create_sandbox", {"ip": line.get("ip", "")}),
        "sandbox_failed": ("fail_sandbox", {}),
        "sandbox_died": ("sandbox_die", {}),
        "sandbox_stopped": ("stop_sandbox", {}),
        "create": ("create", {**container, "id": line.get("id", "")}),
        "start": ("start", container),
        "start_failed": ("fail_start", container),
        "create_failed": ("fail_create", {**container, "reason": "CreateContainerError"}),
        "exit": ("exit", {**container, "code": line.get("code", 0), "reason": line.get("reason", "")}),
        "stop": ("stop", {**container, "timeout": line.get("timeout", 0)}),
        "lost": ("lose", container),
        "remove": ("remove", {**container, "id": line.get("id", "")}),
        "exec": ("exec", {**container, "id": line.get("id", ""), "command": tuple(line.get("cmd", ())), "success": line.get("ok", True)}),
        "pull": ("pull", {"image": line.get("image", ""), "success": line.get("ok", True)}),
    }
    return Observed(line["t"], *events[kind]) if kind in events else None


def _rejection(snapshots: list[Observed]) -> tuple[float, Observed] | None:
    """Return that a kubelet did not admit the pod, with its place in time, if its status tells: it failed for a reason and no container has a status.

    That happened once the pod had a node, within the second that is its start time; its generation tells whether before the deletion.
    """
    bound = next((s.time - AHEAD for s in snapshots if s.pod is not None and s.pod.node), 0.0)
    for before, one in pairwise(snapshots):
        old, pod = before.pod, one.pod
        assert old is not None
        assert pod is not None
        if (old.phase, pod.phase) == ("Pending", "Failed") and pod.reason and not pod.known:
            second = datetime.fromisoformat(pod.start).timestamp() if pod.start else bound
            time = max(bound, second, min(one.time, second + 0.9))
            later = next((s.time - AHEAD for s in snapshots if s.pod is not None and s.pod.generation > pod.observed), time)
            return max(bound, min(time, later - 0.001)), Observed(time, "reject", {"reason": pod.reason})
    return None


def _merged(snapshots: list[Observed], calls: list[Observed]) -> Iterator[Observed]:
    """Interleave snapshots and calls by time; writes of others count a little earlier, but keep their order."""
    ordered, last = [], 0.0
    for before, one in zip([None, *snapshots], snapshots, strict=False):
        assert one.pod is not None
        others = before is None or before.pod is None or one.event == "DELETED" or foreign(before.pod, one.pod)
        last = max(last, one.time - AHEAD if others else one.time)
        ordered.append((last, one))
    if (rejection := _rejection(snapshots)) is not None:
        ordered.append(rejection)
    yield from (one for _, one in sorted([*ordered, *((c.time, c) for c in calls)], key=lambda pair: pair[0]))
