"""The functions of the language over nodes: quantifiers over what a range holds, and what is called by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from podlaw import derive
from podlaw.ground.nodes import NONE, TRUE, Node, choice, conjunction, const, disjunction, less, mapped, negation, total
from podlaw.ground.records import Pod, Sym, either
from podlaw.parts import entries, part, without

Ranged = list[tuple[Node, Sym]]  # whether each element counts, and what is said of it


def first(found: Ranged) -> Sym:
    """Return the first that counts, or none."""
    result: Sym = NONE
    for counts, value in reversed(found):
        result = value if counts is TRUE else either(counts, value, result)
    return result


def _sum(found: Ranged) -> Node:
    result: Node = const(0)
    for counts, value in found:
        result = total(result, choice(counts, value, const(0)))
    return result


QUANTIFIERS: Final[Mapping[str, Callable[[Ranged], Sym]]] = {
    "any": lambda found: disjunction(conjunction((counts, value)) for counts, value in found),
    "all": lambda found: conjunction(disjunction((negation(counts), value)) for counts, value in found),
    "first": first,
    "last": lambda found: first(found[::-1]),
    "sum": _sum,
}


def _least(left: Node, *others: Node) -> Node:
    for other in others:
        left = choice(less(other, left), other, left)
    return left


def _spec(function: Callable[[Any, str], Any]) -> Callable[[Pod, Node], Sym]:
    """Return a function of the text of a spec, which never changes, as one of nodes."""
    def read(pod: Pod, words: Node) -> Sym:
        found = function(pod.get("spec").value, str(words.value))
        return tuple(map(const, found)) if isinstance(found, tuple) else const(found)

    return read


FUNCTIONS: Final[Mapping[str, Callable[..., Sym]]] = {
    "min": _least,
    "stamp": lambda instant: mapped("stamp", derive.BUILTINS["stamp"], instant),
    "without": _spec(without),
    "part": _spec(part),
    "entries": _spec(entries),
}
