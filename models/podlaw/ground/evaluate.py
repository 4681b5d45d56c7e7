"""The value of expressions in one state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from podlaw.ground.nodes import Node, Value, nodes

_OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "not": lambda a: not a, "and": lambda *all_: all(all_), "or": lambda *any_: any(any_), "if": lambda test, then, other: then if test else other,
    "eq": lambda a, b: a == b, "lt": lambda a, b: a is not None and b is not None and a < b, "add": lambda a, b: None if a is None or b is None else a + b,
}  # fmt: skip


def evaluator(roots: Iterable[Node]) -> Callable[[Mapping[str, Value]], list[Any]]:
    """Return a function from the values of variables to the values of ``roots``."""
    asked = list(roots)
    order = nodes(asked)
    place = {node: i for i, node in enumerate(order)}
    plan = [(_leaf(node), _Name(node.value) if node.op == "var" else node.value, tuple(place[arg] for arg in node.args)) for node in order]
    wanted = [place[node] for node in asked]

    def values(state: Mapping[str, Value]) -> list[Any]:
        found: list[Any] = []
        for operation, value, args in plan:
            if operation is None:
                found.append(state[value] if isinstance(value, _Name) else value)
            else:
                found.append(operation(*[found[a] for a in args]))
        return [found[i] for i in wanted]

    return values


class _Name(str):
    """The name of a variable, told from a constant text."""

    __slots__ = ()


def _leaf(node: Node) -> Callable[..., Any] | None:
    return None if node.op in ("const", "var") else _OPERATIONS[node.op]
