"""The shortest histories of the scopes in which a rule's condition holds, a row decides, an event happens or a reason is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from podlaw.explain.histories import Of, Shows
from podlaw.explore.prepare import Ready
from podlaw.explore.published import Published
from podlaw.explore.search import Found, Words
from podlaw.explore.trace import Walker
from podlaw.explore.witness import Explorer, simplest
from podlaw.ground.evaluate import evaluator
from podlaw.ground.nodes import FALSE, TRUE, Value
from podlaw.ground.rules import OLD, judged
from podlaw.ground.scope import scopes
from podlaw.law import Law
from podlaw.snapshot import Snapshot

TABLES: Final = ("phase", "containers_ready", "ready", "initialized", "columns")  # what a published pod decides
Key = tuple[Of, str]


class Nearest(msgspec.Struct, frozen=True):
    """Where something is seen first: after how many events, in which scope, in which state, and by which further step if any."""

    length: int
    scope: str
    state: int
    step: int | None


def shows(law: Law, explored: Explorer) -> list[Shows]:
    """Return the shortest history for every word that small scopes show, sorted; of equals that of the simplest scope."""
    spaces = {name: explored(name) for name, one in scopes(law).items() if one.spec.size == "small"}
    first: dict[Key, Nearest] = {}
    for name in simplest(spaces):
        for key, near in within(name, *spaces[name]).items():
            if key not in first or near.length < first[key].length:
                first[key] = near
    walkers = {name: Walker(ready) for name, (ready, _) in spaces.items()}
    return [
        Shows(of=of, word=word, scope=near.scope, path=walkers[near.scope].shortest(spaces[near.scope][1], near.state, near.step))
        for (of, word), near in sorted(first.items())
    ]


def within(scope: str, ready: Ready, found: Found) -> dict[Key, Nearest]:
    """Return where one scope shows each word first."""
    first = _events(scope, ready, found)
    look = Look(ready)
    for shown in found.shown:
        for key in look.step(shown.before, shown.after):
            near = Nearest(found.level(shown.state) + 1, scope, shown.state, shown.step)
            if key not in first or near.length < first[key].length:
                first[key] = near
    return first


def _events(scope: str, ready: Ready, found: Found) -> dict[Key, Nearest]:
    """Return where each event happens first; the states are asked until all have happened that can."""
    first: dict[Key, Nearest] = {}
    walker, able = Walker(ready), {step.event for step in ready.form.steps}
    for number in range(found.states):
        if len(first) == len(able):
            break
        for step, _ in walker.successors(found.words(number)):
            first.setdefault(("event", step.event), Nearest(found.level(number) + 1, scope, number, ready.form.steps.index(step)))
    return first


class Look:
    """Tells what a step between two published words shows; what the creation shows already needs no history."""

    def __init__(self, ready: Ready) -> None:
        self.ready, self.published = ready, Published(ready)
        rules = [j for j in judged(ready.law, ready.placed, ready.form) if j.premise not in (FALSE, TRUE)]
        self.rules = {kind: [j for j in rules if j.rule.spec.kind == kind] for kind in ("always", "step")}
        self.ask = {kind: evaluator([j.premise for j in some]) for kind, some in self.rules.items()}
        self.known: dict[Words, frozenset[Key]] = {}
        self.known[()] = self.alone(ready.places.packed(ready.form.start))

    def step(self, before: Words, after: Words) -> Iterator[Key]:
        """Yield what the pod after a step shows, and what the step does."""
        yield from self.alone(after) - self.known[()]
        state = {**self._state(after), **{OLD + name: value for name, value in self._state(before).items()}}
        yield from self._held("step", state)

    def alone(self, words: Words) -> frozenset[Key]:
        """Return what the published pod shows at one moment."""
        public = words[: self.ready.places.published]
        if public not in self.known:
            pods = self.published.pods(public).values()
            found = {key for pod in pods for key in (*_reasons(pod), *_rows(pod, self.ready.law))}
            self.known[public] = frozenset({*found, *self._held("always", self._state(public))})
        return self.known[public]

    def _held(self, kind: str, state: Mapping[str, Value]) -> Iterator[Key]:
        for j, held in zip(self.rules[kind], self.ask[kind](state), strict=True):
            if held:
                yield "rule", j.rule.spec.id

    def _state(self, words: Words) -> Mapping[str, Value]:
        return self.ready.places.unpacked(words[: self.ready.places.published])


def _reasons(pod: Snapshot) -> Iterator[Key]:
    given: Iterable[str] = (pod.reason, *(r for c in pod.all for r in (c.reason, c.last_reason)), *(k.reason for k in (pod.Ready, pod.Initialized)))
    yield from (("reason", reason) for reason in (*given, pod.ContainersReady.reason, pod.AllContainersRestarting.reason) if reason)


def _rows(pod: Snapshot, law: Law) -> Iterator[Key]:
    arguments = {"phase": (pod, False, any(c.id for c in pod.app)), "columns": (pod,), "initialized": (pod, pod.phase, pod.Initialized.status)}
    for table in TABLES:
        yield "row", f"{table} {law.decide(table, *arguments.get(table, (pod, pod.phase))).row}"
