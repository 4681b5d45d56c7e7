"""From a scope to what a search needs: the folded ground form, its layout, its ends and goals."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from podlaw.errors import LawError
from podlaw.events import LIFE, WORLD
from podlaw.explore.layout import Layout, layout, shown
from podlaw.ground.domains import Finite, finite
from podlaw.ground.nodes import FALSE, Node, conjunction, variables
from podlaw.ground.properties import Asked, asked
from podlaw.ground.rules import OLD, fixed, folded
from podlaw.ground.scope import Can, Eventually, Placed
from podlaw.ground.steps import Around, ground, surroundings
from podlaw.ground.symbolic import Meaning
from podlaw.law import Law
from podlaw.tables import Bindings, expression
from podlaw.types import BOOL, Scope


class Goal(msgspec.Struct, frozen=True):
    """One property of reachability of one pod over the variables: what can always be reached, or must be."""

    spec: Can
    pod: str
    when: Node
    goal: Node

    @property
    def name(self) -> str:
        """Return the kind of property."""
        return "eventually" if isinstance(self.spec, Eventually) else "can always"


class Ready(msgspec.Struct, frozen=True):
    """A scope ready to be explored under one law."""

    law: Law
    placed: Placed
    form: Finite
    places: Layout
    ends: Node
    goals: tuple[Goal, ...]
    properties: tuple[Asked, ...]


def prepare(law: Law, placed: Placed) -> Ready:
    """Ground a scope, fold it and lay it out; raise LawError where it names what is not there, or is too wide."""
    whole = ground(law, placed)
    for counter in placed.spec.caps:
        if not any(name.endswith(counter) and type(value) is int for name, value in whole.start.items()):
            raise placed.error(f"'{counter}' counts nothing; a cap names the last fields of a counter, as run.attempt", "caps", counter)
    around, meaning = surroundings(law, placed, {}), Meaning(law)
    ends, goals = _goals(law, placed, around, meaning)
    every = list(asked(law, around, meaning))
    read = variables((ends, *(node for g in goals for node in (g.when, g.goal))))
    if placed.spec.properties:
        read |= {name.removeprefix(OLD) for name in variables([one.violated for one in every])}
    try:
        form = finite(whole, [name for name in whole.start if shown(name) or name in read])
        judged = _judged(every, form)
        places = layout(form, [node for one in judged for node in (one.violated, one.premise)])
    except LawError as error:
        raise placed.error(str(error), "scope") from None
    done = folded([ends, *(node for g in goals for node in (g.when, g.goal))], form)
    pairs = zip(goals, done[1::2], done[2::2], strict=True)
    return Ready(law, placed, form, places, done[0], tuple(Goal(g.spec, g.pod, when, goal) for g, when, goal in pairs), judged)


def _judged(every: list[Asked], form: Finite) -> tuple[Asked, ...]:
    """Return the properties that speak only of variables which the form has kept, and may be violated, folded."""
    plain = fixed([node for one in every for node in (one.violated, one.premise)], form)
    able = [one for one in every if all(name.removeprefix(OLD) in form.domains for name in variables((plain[one.violated], plain[one.premise])))]
    done = folded([node for one in able for node in (one.violated, one.premise)], form)
    pairs = zip(able, done[::2], done[1::2], strict=True)
    return tuple(Asked(one.property, one.pod, premise, violated) for one, violated, premise in pairs if premise is not FALSE)


def _goals(law: Law, placed: Placed, around: Around, meaning: Meaning) -> tuple[Node, list[Goal]]:
    names = {pod: {"life": life, "world": around.world} for pod, life in around.pods.items()}
    parsed = list(_expressions(law, placed))
    ends = conjunction(meaning.of(parsed[0], given) for given in names.values())
    goals = [
        Goal(can, pod, meaning.of(when, given), meaning.of(goal, given))
        for can, when, goal in zip((*placed.spec.can, *placed.spec.eventually), parsed[1::2], parsed[2::2], strict=True)
        for pod, given in names.items()
    ]
    return ends, goals


def _expressions(law: Law, placed: Placed) -> Iterator[ast.expr]:
    """Yield the checked expressions of a scope: its ends, then `when` and `goal` of every property."""
    functions = {name: t.signature for name, (t, _, _) in law.tables.items()}
    bound = Bindings({}, {}, Scope(law.whole.vocabulary, {"life": LIFE, "world": WORLD}, functions))
    at = ("scopes", placed.index)
    yield expression(placed.source, placed.spec.ends, BOOL, bound, *at, "ends")
    for field in ("can", "eventually"):
        for place, one in enumerate(getattr(placed.spec, field)):
            yield expression(placed.source, one.when, BOOL, bound, *at, field, place, "when")
            yield expression(placed.source, one.goal, BOOL, bound, *at, field, place, "goal")
