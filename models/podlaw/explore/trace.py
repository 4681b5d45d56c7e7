"""Histories of a scope: walked by a path, told as numbered events, written as a watch or as a test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from podlaw.errors import InputError
from podlaw.explore.compile import plain
from podlaw.explore.prepare import Ready
from podlaw.explore.published import Published
from podlaw.explore.search import Found, Words
from podlaw.ground.steps import Step
from podlaw.law import Law
from podlaw.publish import document
from podlaw.snapshot import Snapshot


class Moment(msgspec.Struct, frozen=True):
    """One step of a history, and every pod as published after it; the first moment has no step."""

    step: Step | None
    words: Words
    pods: dict[str, Snapshot]


class Walker:
    """Takes steps of a scope one by one."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.published = Published(ready)
        self.steps = plain(ready.form.steps, ready.places)

    def successors(self, words: Words) -> list[tuple[Step, Words]]:
        """Return the steps that can happen, in the order in which paths count them, with the words after each."""
        found = []
        for step, function in zip(self.ready.form.steps, self.steps, strict=True):
            done, *after = function(*words)
            if done == 1:
                found.append((step, tuple(after)))
        return found

    def first(self) -> Moment:
        """Return the moment of creation."""
        words = self.ready.places.packed(self.ready.form.start)
        return Moment(None, words, self.published.pods(words))

    def walk(self, path: str) -> list[Moment]:
        """Return the history along a path such as `0/3/1`; raise InputError where it leaves what can happen."""
        moments = [self.first()]
        for place, part in enumerate(p for p in path.split("/") if p):
            able = self.successors(moments[-1].words)
            if not part.isdecimal() or int(part) >= len(able):
                names = ", ".join(f"{i} {step.name}" for i, (step, _) in enumerate(able)) or "nothing"
                raise InputError(f"step {place + 1} of the path is '{part}', which names no step there; possible are {names}")
            step, words = able[int(part)]
            moments.append(Moment(step, words, self.published.pods(words)))
        return moments

    def path(self, states: Sequence[Words], steps: Sequence[Step]) -> str:
        """Return the path through some states by some steps."""
        parts = []
        for before, step, after in zip(states[:-1], steps, states[1:], strict=True):
            able = self.successors(before)
            parts.append(str(next(i for i, (one, words) in enumerate(able) if one is step and words == after)))
        return "/".join(parts)

    def shortest(self, found: Found, number: int, step: int | None) -> str:
        """Return the path of a shortest way to a state, and by one more step where it is given."""
        way = found.path(number)
        states = [found.words(0), *(found.words(state) for _, state in way)]
        taken = [self.ready.form.steps[i] for i, _ in way]
        if step is not None:
            last = self.ready.form.steps[step]
            after = next(words for one, words in self.successors(states[-1]) if one is last)
            states, taken = [*states, after], [*taken, last]
        return self.path(states, taken)


def watch(moments: Iterable[Moment]) -> Iterator[dict[str, Any]]:
    """Yield the watch events of a history, as `podlaw check` reads them; a write that changes nothing gives none."""
    known: dict[str, dict[str, Any]] = {}
    for moment in moments:
        for pod, snapshot in moment.pods.items():
            shown, removed = document(snapshot), moment.step is not None and moment.step.event == "drop" and moment.step.pod == pod
            if shown != known.get(pod) or removed:
                yield {"type": "DELETED" if removed else "MODIFIED" if pod in known else "ADDED", "object": shown}
            known[pod] = shown


def told(moments: Sequence[Moment], ready: Ready) -> str:
    """Return a history as numbered events; an arrow leads to what is published from then on."""
    lines, last = [], ""
    for number, moment in enumerate(moments):
        by = "" if moment.step is None else ready.law.whole.program.events[moment.step.event].spec.by
        name = "created" if moment.step is None else moment.step.name
        shown = published(moment.pods, ready.law)
        lines.append(f"{number:4}  {by:<10} {name}".rstrip())
        lines += [f"      -> {shown}"] if shown != last else []
        last = shown
    return "\n".join(lines)


def published(pods: Mapping[str, Snapshot], law: Law) -> str:
    """Return every pod in a few words, with its name where a scope has several."""
    return "; ".join(f"{name}: {_shown(pod, law)}" if name else _shown(pod, law) for name, pod in pods.items())


def _shown(pod: Snapshot, law: Law) -> str:
    states = ", ".join(f"{c.name} {c.state}{f' ({c.reason})' if c.reason else ''}{f' {c.restarts} restarts' if c.restarts else ''}" for c in pod.all)
    ready_ = {"True": ", ready", "False": ", not ready"}.get(pod.Ready.status, "")
    return f"{pod.phase}{ready_}{', deleting' if pod.deleting else ''}: {states}; STATUS {law.columns(pod)['status']}"


def pytest(ready: Ready, path: str, name: str, says: str) -> str:
    """Return a test function that walks a path and asks `check` about what it shows; paste it anywhere."""
    selection = ready.law.selection
    function = "".join(c if c.isalnum() else "_" for c in f"{name}_{ready.placed.spec.scope}".lower())
    return "\n".join([
        f"def test_{function}():",
        f"    {json.dumps(says)}",
        "    from podlaw import Law, check",
        "    from podlaw.explore import walk",
        "",
        f"    law = Law(apiserver={selection.apiserver!r}, kubelet={selection.kubelet!r})",
        f"    history = walk({ready.placed.spec.scope!r}, {path!r}, law=law)",
        '    assert check(history, law=law).verdict == "lawful"',
        "",
    ])  # fmt: skip
