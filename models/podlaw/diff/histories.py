"""The first difference of two laws on a scope, told as a history that each law replays."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from podlaw.diff.product import Difference, Run, distinguish
from podlaw.explore.search import Progress
from podlaw.explore.trace import Walker, published
from podlaw.law import Law
from podlaw.publish import document
from podlaw.versions import changed


class Happening(msgspec.Struct, frozen=True):
    """One step of a history, what the old law publishes after it, and the laws that refuse it, which leave their pod as it is."""

    by: str
    step: str
    published: str
    refused: list[str] = []


class Replay(msgspec.Struct, frozen=True):
    """A history under one law: the path of its steps, the command that replays it, and every pod at its end."""

    path: str
    replay: str
    published: str
    pods: dict[str, dict[str, Any]]


class Field(msgspec.Struct, frozen=True):
    """One published field that differs, by its path in JSON; None where a pod lacks it."""

    path: str
    old: Any
    new: Any


class Compared(msgspec.Struct, frozen=True):
    """One scope under two laws: `undetermined` where the search stopped before a difference was found.

    ``pairs`` counts what was compared: the sets of states to which the scripts lead either law.
    """

    scope: str
    says: str
    verdict: Literal["same", "different", "undetermined"]
    stopped: str
    pairs: int
    history: list[Happening] = []
    fields: list[Field] = []
    old: Replay | None = None
    new: Replay | None = None


def compare(scope: str | Path, old: Law, new: Law, *, part: str = "pod", limit: int | None = None, progress: Progress | None = None) -> Compared:
    """Return the shortest history of a scope after which two laws publish different pods; for the arguments see `distinguish`."""
    found = distinguish(scope, old, new, part=part, limit=limit, progress=progress)
    spec, difference = found.scope, found.difference
    if difference is None:
        return Compared(spec.scope, spec.says, "undetermined" if found.stopped else "same", found.stopped, found.pairs)
    before, after = (_replay(str(scope), run) for run in (difference.old, difference.new))
    fields = [field for pod, shown in before.pods.items() for field in differing(pod, shown, after.pods[pod])]
    return Compared(spec.scope, spec.says, "different", "", found.pairs, list(_history(difference)), fields, before, after)


def _history(one: Difference) -> Iterator[Happening]:
    """Yield creation and every step of the script; what is compared is the same under both laws until the last."""
    events, law = one.new.ready.law.whole.program.events | one.old.ready.law.whole.program.events, one.old.ready.law
    yield Happening("", "created", published(one.old.pods[0], law))
    for step, old, new, pods in zip(one.script, one.old.steps, one.new.steps, one.old.pods[1:], strict=True):
        refused = [name for name, taken in (("old", old), ("new", new)) if taken is None]
        yield Happening(events[step.event].spec.by, step.name, published(pods, law), refused)


def _replay(scope: str, run: Run) -> Replay:
    pairs = [(step, after) for step, after in zip(run.steps, run.states[1:], strict=True) if step is not None]
    path = Walker(run.ready).path([run.states[0], *(after for _, after in pairs)], [step for step, _ in pairs])
    law, pods = run.ready.law, run.pods[-1]
    command = f"podlaw explore {shlex.join([scope, *options(law), '--path', path])}"
    return Replay(path, command, published(pods, law), {name: document(pod) for name, pod in pods.items()})


def options(law: Law) -> list[str]:
    """Return the options of the command line that choose a law."""
    chosen = law.selection
    minors = ["--law", chosen.kubelet] if chosen.apiserver == chosen.kubelet else ["--apiserver", chosen.apiserver, "--kubelet", chosen.kubelet]
    gates = [(component, gate, on) for component, some in changed(law.whole.versions, chosen).items() for gate, on in some.items()]
    return minors + [part for component, gate, on in gates for part in ("--gate", f"{component}:{gate}={str(on).lower()}")]


def differing(path: str, old: Any, new: Any) -> Iterator[Field]:
    """Yield every field of two JSON values that differs; entries of a list are known by their name or type."""
    left, right = _keyed(old), _keyed(new)
    if left is None or right is None:
        if old != new:
            yield Field(path, old, new)
        return
    for key in dict.fromkeys((*left, *right)):
        here = f"{path}{key}" if key.startswith("[") else f"{path}.{key}".lstrip(".")
        yield from differing(here, left.get(key), right.get(key))


def _keyed(value: Any) -> Mapping[str, Any] | None:
    """Return an object, or a list of objects with names, as a mapping; none for anything else."""
    if isinstance(value, list) and all(isinstance(one, dict) and ("name" in one or "type" in one) for one in value):
        return {f"[{one.get('name', one.get('type'))}]": one for one in value}
    return value if isinstance(value, dict) else None
