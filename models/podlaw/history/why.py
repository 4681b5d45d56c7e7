"""Explain one published pod: which rows and fields decided it, what would come next, and what it cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from podlaw.derive import Line
from podlaw.errors import InputError
from podlaw.history.because import because
from podlaw.law import Law
from podlaw.pod import with_containers
from podlaw.printable import printable
from podlaw.snapshot import Container, Snapshot, snapshot

BACK_OFF: Final = re.compile(r"^back-off ((?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?) restarting failed container")  # BACKOFF-01
UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0}
TABLES: Final = {"ContainersReady": "containers_ready", "Ready": "ready", "Initialized": "initialized"}


class Fact(msgspec.Struct, frozen=True):
    """One published value: what the law gives, what is published, and the row and fields that decide."""

    name: str
    value: str
    published: str
    row: str
    rules: tuple[str, ...]
    says: str
    because: list[str]


class Change(msgspec.Struct, frozen=True):
    """What one possible next event would make of the published values: `name: before -> after`."""

    event: str
    changes: list[str]


class Start(msgspec.Struct, frozen=True):
    """The earliest next start of a container in back-off; a kubelet is never earlier, and often later."""

    container: str
    delay: float
    earliest: str


class Advice(msgspec.Struct, frozen=True):
    """What the object alone cannot say, and the command that would."""

    question: str
    command: str


class Reading(msgspec.Struct, frozen=True):
    """Everything the law says about one published pod."""

    namespace: str
    name: str
    uid: str
    law: dict[str, str]
    facts: list[Fact]
    difference: str
    next: list[Change]
    starts: list[Start]
    unsaid: list[Advice]


def why(pod: Any, law: Law | None = None) -> Reading:
    """Explain a pod (dict, Snapshot or client object); raise InputError for what is no pod."""
    law, one = law or Law(), snapshot(pod)
    versions = {"apiserver": law.selection.apiserver, "kubelet": law.selection.kubelet}
    difference = law.functions["phase_difference"](one, law.phase(one), law.phase(one, stopped=True))
    return Reading(
        one.namespace, one.name, one.uid, versions, list(_facts(one, law)), difference, list(_changes(one, law)), list(_starts(one)), list(_unsaid(one, law))
    )


def _facts(pod: Snapshot, law: Law) -> Iterator[Fact]:
    phase, active = law.phase(pod), any(c.id for c in pod.app)
    yield _fact(law, "phase", phase, pod.phase, "phase", pod, False, active)
    for one in law.conditions(pod):
        previous = (pod.Initialized.status,) if one["type"] == "Initialized" else ()
        published, given = getattr(pod, one["type"]), words(one["status"], one["reason"])
        yield _fact(law, one["type"], given, words(published.status, published.reason), TABLES[one["type"]], pod, pod.phase, *previous)
    columns = law.columns(pod)
    yield _fact(law, "STATUS", columns["status"], columns["status"], "columns", pod)


def _fact(law: Law, name: str, value: str, published: str, table: str, *arguments: Any) -> Fact:
    line: Line = law.decide(table, *arguments)
    return Fact(name, value, published, line.row, line.rules, line.says, because(law, table, *arguments))


def words(status: str, reason: str) -> str:
    """Return a condition as people write it: `False (ContainersNotReady)`."""
    return f"{status} ({reason})" if reason else status


def _changes(pod: Snapshot, law: Law) -> Iterator[Change]:
    """Yield each possible next event with the published values that it would change: the snapshot is edited and derived again."""
    before = _published(pod, law)
    for event, after in _nexts(pod):
        then = _published(after, law)
        yield Change(event, [f"{name}: {before[name]} -> {then[name]}" for name in then if then[name] != before[name]])


def _published(pod: Snapshot, law: Law) -> dict[str, str]:
    phase = law.phase(pod)
    conditions = law.conditions(pod, phase)
    statuses = {c["type"]: replace(getattr(pod, c["type"]), status=c["status"]) for c in conditions}
    columns = law.columns(replace(pod, phase=phase, **statuses))
    found = {"phase": phase, **{c["type"]: words(c["status"], c["reason"]) for c in conditions}}
    return {**found, "READY": columns["ready"], "STATUS": columns["status"], "RESTARTS": str(columns["restarts"])}


def _nexts(pod: Snapshot) -> Iterator[tuple[str, Snapshot]]:
    if pod.phase in ("Succeeded", "Failed"):
        return
    for place, c in enumerate(pod.all):
        if c.section != "ephemeral":
            for event, after in _moves(c):
                yield event, with_containers(pod, [*pod.all[:place], after, *pod.all[place + 1 :]])
    if not pod.deleting:
        yield "the pod is deleted", replace(pod, deleting=True)


def _moves(c: Container) -> Iterator[tuple[str, Container]]:
    """Yield what may happen to a container next, with its status after it."""
    if c.state == "running":
        for code, reason in ((0, "Completed"), (1, "Error")):
            yield f"{c.name} exits with {code}", replace(c, state="terminated", code=code, reason=reason, ready=code == 0 and _regular(c), started=False)
        if c.section == "app" or c.policy == "Always":
            yield f"{c.name} becomes {'unready' if c.ready else 'ready'}", replace(c, ready=not c.ready, started=True)
    elif c.state == "waiting":
        last: dict[str, Any] = {"restarts": c.restarts + 1} if c.last == "terminated" else {}
        ready = not c.startup and not c.readiness and not _regular(c)
        yield f"{c.name} starts", replace(c, state="running", reason="", message="", started=not c.startup, ready=ready, id=c.id or "new", **last)


def _regular(c: Container) -> bool:
    return c.section == "init" and c.policy != "Always"


def _starts(pod: Snapshot) -> Iterator[Start]:
    for c in pod.all:
        found = BACK_OFF.match(c.message) if c.state == "waiting" and c.reason == "CrashLoopBackOff" else None
        if found and found[1] and c.last_end is not None:
            delay = sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", found[1]))
            yield Start(c.name, delay, _later(c.last_end, delay))


def _later(instant: str, delay: float) -> str:
    try:
        return (datetime.fromisoformat(instant) + timedelta(seconds=delay)).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise InputError(f"'{instant}' at lastState.terminated.finishedAt is not an instant of RFC 3339; write it like 2026-01-01T00:00:00Z") from None


def _unsaid(pod: Snapshot, law: Law) -> Iterator[Advice]:
    asked = [law.functions["pod_unsaid"](pod), *(law.functions["container_unsaid"](pod, c) for c in pod.all)]
    yield from dict.fromkeys(Advice(*one) for one in asked if one.question)


def as_json(readings: list[Reading]) -> str:
    """Return readings as JSON: one object for one pod, a list for several."""
    value: object = readings[0] if len(readings) == 1 else readings
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def as_text(readings: list[Reading]) -> str:
    """Return readings as lines for people, without control characters, which an object could use to deceive a terminal."""
    return "\n\n".join("\n".join(map(printable, _lines(one))) for one in readings)


def _lines(one: Reading) -> Iterator[str]:
    yield f"{one.namespace}/{one.name}, by the law of API server {one.law['apiserver']} and kubelet {one.law['kubelet']}"
    for fact in one.facts:
        yield f"  {fact.name}: {fact.value}, for {fact.says} [{', '.join(fact.rules)} {fact.row}]"
        yield from (f"      {reason}" for reason in fact.because)
        if fact.value != fact.published:
            published = "not set" if fact.published == "absent" else fact.published
            yield f"      published: {published}" + (f"; {one.difference}" if fact.name == "phase" else "")
    yield from _ahead(one)


def _ahead(one: Reading) -> Iterator[str]:
    for change in one.next:
        yield f"  if {change.event}: {', '.join(change.changes) or 'nothing of this changes'}"
    for start in one.starts:
        yield f"  {start.container} starts again at {start.earliest} at the earliest (back-off {start.delay:g} s, BACKOFF-02)"
    for advice in one.unsaid:
        yield f"  not in the object: {advice.question}: {advice.command}"
