"""Which of some pods would publish differently under another law, and the rows that make the difference: the preview of an upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from podlaw.derive import Line
from podlaw.history.read import Bad, documents
from podlaw.history.why import TABLES, words
from podlaw.law import Law
from podlaw.snapshot import Snapshot

FINAL: Final = ("Succeeded", "Failed")


class Decided(msgspec.Struct, frozen=True):
    """One value that a law gives, and the row that decides it."""

    value: str
    row: str
    rules: tuple[str, ...]
    says: str


class Change(msgspec.Struct, frozen=True):
    """One value of one pod that two laws decide differently; ``line`` is that of its document in the input."""

    namespace: str
    name: str
    uid: str
    line: int
    field: str
    old: Decided
    new: Decided


class Preview(msgspec.Struct, frozen=True):
    """What an input of pods shows: how many there are, what changes, and the sentences about documents that are no pods."""

    pods: int
    changes: list[Change]
    errors: list[str]


class Answer(msgspec.Struct, frozen=True):
    """A value as decided, and the fields of the pod that it would become."""

    decided: Decided
    fields: dict[str, Any]


def preview(source: Path | str | Iterable[Any], old: Law, new: Law) -> Preview:
    """Return what two laws decide differently about the pods of a file, of standard input ("-"), or of an iterable.

    Of several snapshots of a pod each is judged, and the same change is told once. Raises InputError where the input
    cannot be read at all; a bad document among good ones is reported in `errors`.
    """
    uids: set[str] = set()
    changes: dict[tuple[object, ...], Change] = {}
    errors = []
    for one in documents(source):
        if isinstance(one, Bad):
            errors.append(one.sentence)
            continue
        uids.add(one.pod.uid)
        for field, before, after in differences(one.pod, old, new):
            change = Change(one.pod.namespace, one.pod.name, one.pod.uid, one.line, field, before, after)
            changes.setdefault((one.pod.uid, field, before, after), change)
    return Preview(len(uids), list(changes.values()), errors)


def differences(pod: Snapshot, old: Law, new: Law) -> Iterator[tuple[str, Decided, Decided]]:
    """Yield every value that two laws decide differently: phase, conditions, and columns.

    Each follows from those before it, so a law sees the pod with its own answer where the laws differ, and else as it is.
    """
    mine, other = pod, pod
    of_kubelet = (_phase, _conditions) if pod.node or pod.known else ()  # no kubelet writes of a pod without node
    for given in (*of_kubelet, _columns):
        before, after = given(mine, old), given(other, new)
        different = [field for field in before if before[field].decided.value != after[field].decided.value]
        for field in different:
            yield field, before[field].decided, after[field].decided
            mine, other = replace(mine, **before[field].fields), replace(other, **after[field].fields)


def _phase(pod: Snapshot, law: Law) -> dict[str, Answer]:
    """Return the phase, which stays once it is final, and that of a deleted pod after its containers were stopped."""
    if pod.phase in FINAL:
        return {}
    active, phase = any(c.id for c in pod.app), law.phase(pod)
    found = {"phase": Answer(_decided(phase, law.decide("phase", pod, False, active)), {"phase": phase})}
    if pod.deleting:
        found["phase once stopped"] = Answer(_decided(law.phase(pod, stopped=True), law.decide("phase", pod, True, active)), {})
    return found


def _conditions(pod: Snapshot, law: Law) -> dict[str, Answer]:
    found = {}
    for one in law.conditions(pod):
        name = one["type"]
        previous = (pod.Initialized.status,) if name == "Initialized" else ()
        line = law.decide(TABLES[name], pod, pod.phase, *previous)
        condition = replace(getattr(pod, name), status=one["status"], reason=one["reason"])
        found[name] = Answer(_decided(words(one["status"], one["reason"]), line), {name: condition})
    return found


def _columns(pod: Snapshot, law: Law) -> dict[str, Answer]:
    line = law.decide("columns", pod)
    return {name.upper(): Answer(_decided(str(value), line), {}) for name, value in law.columns(pod).items()}


def _decided(value: str, line: Line) -> Decided:
    return Decided(value, line.row, line.rules, line.says)
