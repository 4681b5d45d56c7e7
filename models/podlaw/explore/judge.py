"""What a search found, judged: every rule on every published pod and step, ends, goals, and the moves of the observed graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from podlaw.explore import properties
from podlaw.explore.eventually import avoided
from podlaw.explore.prepare import Goal, Ready
from podlaw.explore.published import Published
from podlaw.explore.search import Found, Plain, Shown, Words
from podlaw.graphs import Move, key
from podlaw.ground.evaluate import evaluator
from podlaw.ground.nodes import FALSE, Value
from podlaw.ground.rules import OLD, Judged, judged
from podlaw.ground.scope import ENVIRONMENT, Eventually
from podlaw.properties import Key
from podlaw.snapshot import Snapshot

GOALS = 300_000  # states up to which every state is asked what it can reach


class Violation(msgspec.Struct, frozen=True):
    """What breaks a property first: a state, or a step from it; the steps to it are a shortest way to break it.

    ``property`` is a rule id, `dead end`, `can always` or `eventually`; ``strength`` that of the rule; ``state`` the number of the
    state, ``step`` of the step that breaks it.
    """

    property: str
    strength: str
    says: str
    pod: str
    state: int
    step: int | None = None


class Verdict(msgspec.Struct, frozen=True):
    """Everything that was judged."""

    violations: tuple[Violation, ...]
    witnesses: dict[str, int]  # rule ids: how many of their rules had an `if` that held somewhere
    judged: dict[str, int]  # rule ids: how many of their rules could be judged in this scope
    moves: dict[Move, Shown | None]  # of the observed graphs, with the first step that each explains; none where the creation does
    unmoved: tuple[tuple[str, Shown], ...]  # published steps that no move of a graph explains
    goals: tuple[str, ...]  # the sentences of the goals that were judged
    properties: frozenset[Key]  # the named properties whose *if* held somewhere


def judge(ready: Ready, found: Found) -> Verdict:
    """Judge every published word and step once, then the ends and the goals."""
    rules = list(judged(ready.law, ready.placed, ready.form))
    broken, held = _rules(ready, found, rules)
    moves, unmoved = moved(ready, found)
    goals = [goal for goal in ready.goals if _can_be_asked(goal, found)]
    named = properties.judged(ready, found) if isinstance(found, Plain) and found.states <= properties.MOST else properties.Judged((), frozenset())
    violations = [*broken, *_properties(named), *_dead_ends(ready, found), *_goals(ready, found, goals)]
    able = Counter(j.rule.spec.id for j in rules if j.premise is not FALSE)
    asked = tuple(f"{g.name}: {g.spec.says}" for g in goals)
    return Verdict(tuple(violations), dict(held), dict(able), moves, tuple(unmoved), asked, named.witnessed)


def _can_be_asked(goal: Goal, found: Found) -> bool:
    """Return whether a search is whole, small enough and of the kind that a goal needs; what must come about needs its edges by number."""
    return found.states <= GOALS and found.whole and (isinstance(found, Plain) or not isinstance(goal.spec, Eventually))


def _rules(ready: Ready, found: Found, rules: list[Judged]) -> tuple[list[Violation], Counter[str]]:
    always = [j for j in rules if j.rule.spec.kind == "always" and j.premise is not FALSE]
    step = [j for j in rules if j.rule.spec.kind == "step" and j.premise is not FALSE]
    one, two = (evaluator([n for j in some for n in (j.violated, j.premise)]) for some in (always, step))
    unpacked = _unpacked(ready)
    first: dict[int, Violation] = {}
    held: set[int] = set()

    def note(some: list[Judged], values: list[bool], shown: Shown | None) -> None:
        for j, violated, premise in zip(some, values[::2], values[1::2], strict=True):
            if premise:
                held.add(id(j))
            if violated and id(j) not in first:
                first[id(j)] = _violation(j, shown)

    seen = {found.words(0)[: ready.places.published]}
    note(always, one(unpacked(found.words(0))), None)
    for shown in found.shown:
        new = unpacked(shown.after)
        if shown.after not in seen:
            seen.add(shown.after)
            note(always, one(new), shown)
        note(step, two({**new, **{OLD + name: value for name, value in unpacked(shown.before).items()}}), shown)
    return list(first.values()), Counter(j.rule.spec.id for j in rules if id(j) in held)


def _properties(named: properties.Judged) -> Iterator[Violation]:
    """Yield every named property that is violated."""
    for one, state, step in named.broken:
        yield Violation(one.property.spec.property, "hard", one.property.spec.says, one.pod, state, step)


def _unpacked(ready: Ready) -> Callable[[Words], Mapping[str, Value]]:
    known: dict[Words, Mapping[str, Value]] = {}

    def values(words: Words) -> Mapping[str, Value]:
        public = words[: ready.places.published]
        if public not in known:
            known[public] = ready.places.unpacked(public)
        return known[public]

    return values


def _violation(j: Judged, shown: Shown | None) -> Violation:
    spec = j.rule.spec
    return Violation(spec.id, j.rule.strength, spec.says, j.pod, 0 if shown is None else shown.state, None if shown is None else shown.step)


def _dead_ends(ready: Ready, found: Found) -> Iterator[Violation]:
    ends = evaluator([ready.ends])
    says = "Nothing can happen any more, and the pod has not ended; an event of the kubelet that takes a choice happens only where the scope names it."
    for number in found.dead:
        if not ends(ready.places.unpacked(found.words(number)))[0]:
            yield Violation("dead end", "hard", says, "", number)
            return


def _goals(ready: Ready, found: Found, goals: Sequence[Goal]) -> Iterator[Violation]:
    """Yield for every goal that fails the first state from which it is out of reach, or need not be reached."""
    all_ = evaluator([node for goal in goals for node in (goal.when, goal.goal)])
    values = [all_(ready.places.unpacked(found.words(n))) for n in range(found.states)] if goals else []
    for place, goal in enumerate(goals):
        lost = _lost(ready, found, goal, [of_state[2 * place : 2 * place + 2] for of_state in values])
        if lost is not None:
            yield Violation(goal.name, "hard", goal.spec.says, goal.pod, lost)


def _lost(ready: Ready, found: Found, goal: Goal, values: list[list[bool]]) -> int | None:
    if not isinstance(goal.spec, Eventually):
        return next((n for n in found.unreaching(lambda n: values[n][1]) if values[n][0]), None)
    events, also = ready.law.whole.program.events, goal.spec.fair
    fair = {i for i, step in enumerate(ready.form.steps) if events[step.event].spec.by not in ENVIRONMENT or step.event in also}
    return avoided(found, lambda n: values[n][0], lambda n: values[n][1], fair) if isinstance(found, Plain) else None


def moved(ready: Ready, found: Found) -> tuple[dict[Move, Shown | None], list[tuple[str, Shown]]]:
    """Return the first, nearest, published step of each move of the observed graphs, and the steps that no move explains."""
    published, first = Published(ready), dict[Move, Shown | None]()
    unmoved: list[tuple[str, Shown]] = []
    for created in published.pods(found.words(0)).values():
        first |= dict.fromkeys(move for _, moves in _explained(ready, None, created) for move in moves)
    for shown in found.shown:
        before, after = published.pods(shown.before), published.pods(shown.after)
        for pod in after:
            old = before[pod] if before[pod].uid == after[pod].uid else None
            for name, moves in _explained(ready, old, after[pod]):
                for move in moves:
                    first.setdefault(move, shown)
                if not moves:
                    unmoved.append((name, shown))
    return first, unmoved


def _explained(ready: Ready, old: Snapshot | None, pod: Snapshot) -> Iterator[tuple[str, list[Move]]]:
    """Yield for every published value that moves its graph and the moves that explain it."""
    for name, graph in ready.law.graphs.items():
        for _, edges in graph.steps(old, pod):
            yield name, [key(name, edge) for edge in edges]
