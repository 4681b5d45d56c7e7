"""Which values an expression may have, given the values that each variable may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final

from podlaw.ground.nodes import Function, Node, Value, conjuncts

Domain = frozenset[Value]
Domains = dict[str, Domain]
BOOLEAN: Final = frozenset({True, False})


def narrowed(guard: Node, known: Domains) -> bool:
    """Narrow domains by the parts of a guard that compare a variable with a constant; return False where none is left."""
    for part in conjuncts(guard):
        allowed = _allowed(part)
        if allowed is not None:
            name, those, inside = allowed
            known[name] = known[name] & those if inside else known[name] - those
            if not known[name]:
                return False
    return True


def _allowed(part: Node) -> tuple[str, Domain, bool] | None:
    match part.op:
        case "var":
            return str(part.value), frozenset({True}), True
        case "not":
            found = _allowed(part.args[0])
            return None if found is None else (found[0], found[1], not found[2])
        case "eq" if part.args[0].op == "var" and part.args[1].op == "const":
            return str(part.args[0].value), frozenset({part.args[1].value}), True  # type: ignore[arg-type]
        case "or":
            found_ = [_allowed(arg) for arg in part.args]
            if all(f is not None and f[2] and f[0] == found_[0][0] for f in found_):  # type: ignore[index]
                return found_[0][0], frozenset().union(*(f[1] for f in found_ if f is not None)), True  # type: ignore[index]
    return None


def values(order: Iterable[Node], domains: Domains) -> dict[Node, Domain]:
    """Return the values that every node may have; arguments stand before what uses them."""
    found: dict[Node, Domain] = {}
    for node in order:
        found[node] = value(node, found, domains)
    return found


def value(node: Node, found: Mapping[Node, Domain], domains: Domains) -> Domain:
    """Return the values of one node, given those of its arguments."""
    args = [found[arg] for arg in node.args]
    match node.op:
        case "const":
            return frozenset({node.value})  # type: ignore[arg-type]
        case "var":
            return domains[str(node.value)]
        case "not":
            return frozenset(not v for v in args[0])
        case "and" | "or":
            stop = node.op == "or"
            if any(a == {stop} for a in args):
                return frozenset({stop})
            return BOOLEAN if any(stop in a for a in args) else frozenset({not stop})
        case "if" if node.args[0].op == "lt" and node.args[0].args == node.args[1:]:
            return frozenset(min(a, b) for a, b in product(args[1], args[2]) if a is not None and b is not None)
        case "if":
            return frozenset().union(*(branch for chosen, branch in ((True, args[1]), (False, args[2])) if chosen in args[0]))
        case "eq":
            both = args[0] & args[1]
            return frozenset({False}) if not both else frozenset({True}) if len(args[0]) == len(args[1]) == 1 else BOOLEAN
        case "lt":
            return frozenset(a is not None and b is not None and a < b for a, b in product(*args))  # type: ignore[operator]
        case "add":
            return frozenset(a + b for a, b in product(*args) if a is not None and b is not None)  # type: ignore[operator]
        case _:
            assert isinstance(node.value, Function)
            return frozenset(map(node.value.function, args[0]))
