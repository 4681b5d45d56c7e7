"""The rules of the law over the variables of a ground form: when each is violated, and when its *if* holds.

A rule over one snapshot speaks of the variables themselves; a rule over a step also of those before it, whose names
begin with `old:`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from podlaw.ground.domains import Finite, decided
from podlaw.ground.nodes import FALSE, Node, conjunction, const, disjunction, negation, rebuilt, var
from podlaw.ground.records import Pod, Sym
from podlaw.ground.scope import Placed
from podlaw.ground.steps import surroundings
from podlaw.ground.symbolic import Meaning, Names
from podlaw.law import Law
from podlaw.rules import Rule

OLD: Final = "old:"
SAME: Final = ast.parse("pod.uid == old.uid", mode="eval").body


class Judged(msgspec.Struct, frozen=True):
    """One rule over one pod of a scope: where it is violated, and where its *if* holds, while the API server shows ``event``."""

    rule: Rule
    pod: str
    premise: Node
    violated: Node


def judged(law: Law, placed: Placed, form: Finite, event: str = "MODIFIED") -> Iterator[Judged]:
    """Yield every rule that needs no clock over every pod of a scope, folded by what the variables of ``form`` can be."""
    meaning = Meaning(law)
    for pod, life in surroundings(law, placed, {}).pods.items():
        new = life.get("api")
        old = before(new)
        for rule in law.rules.rules:
            if rule.spec.clock:
                continue
            lets = law.rules.lets[rule.file]
            names = meaning.lazily(lets, {"pod": new, "event": const(event), **({"old": old} if rule.spec.kind == "step" else {})})
            shared = meaning.of(law.whole.rulebook.files[rule.file].premise, names)
            if rule.spec.kind == "step":  # one object at a time: a mirror may follow another under the same name
                shared = conjunction((shared, meaning.of(SAME, names)))
            found = [] if shared is FALSE else [_one(meaning, rule, shared, inner) for inner in _each(meaning, rule, new, old, names)]
            premise, violated = (disjunction(part) for part in zip(*found, strict=True)) if found else (FALSE, FALSE)
            done = folded((premise, violated), form)
            yield Judged(rule, pod, *done)


def folded(roots: Iterable[Node], form: Finite) -> list[Node]:
    """Return expressions over variables, old ones included, with everything folded that a ground form decides."""
    roots = list(roots)
    plain = fixed(roots, form)
    domains = {name: frozenset(domain) for name, domain in form.domains.items()}
    domains |= {OLD + name: domain for name, domain in domains.items()}
    done = decided([plain[root] for root in roots], domains)
    return [done[plain[root]] for root in roots]


def fixed(roots: Iterable[Node], form: Finite) -> dict[Node, Node]:
    """Return expressions over variables, old ones included, with those that never change replaced by their values."""
    single = {name: const(value) for name, value in form.constants.items()}
    return rebuilt(list(roots), lambda leaf: single.get(str(leaf.value).removeprefix(OLD), leaf) if leaf.op == "var" else leaf)


def _each(meaning: Meaning, rule: Rule, new: Pod, old: Pod, names: Names) -> Iterator[Names]:
    """Yield the names for every container that a rule is about, or once where it is about none."""
    if rule.each is None:
        yield names
        return
    for c in meaning.of(rule.each, names):
        inner = meaning.within(names, "c", c)
        if rule.spec.kind == "step":
            earlier = (b for b in old.get("all") if b.get("name") is c.get("name") and b.get("section") is c.get("section"))
            inner = meaning.within(inner, "b", next(earlier))
        yield inner


def before(value: Sym) -> Sym:
    """Return a record with every variable as it was before the step."""
    if isinstance(value, Node):
        return var(f"{OLD}{value.value}") if value.op == "var" else value
    if isinstance(value, tuple):
        return tuple(map(before, value))
    return type(value)({name: before(field) for name, field in value.fields.items()})


def _one(meaning: Meaning, rule: Rule, shared: Node, names: Names) -> tuple[Node, Node]:
    premise = meaning.of(rule.premise, names)
    if premise is FALSE:
        return FALSE, FALSE
    holds = conjunction((shared, premise))
    return holds, conjunction((holds, negation(meaning.of(rule.then, names))))
