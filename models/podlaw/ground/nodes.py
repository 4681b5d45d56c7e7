"""The ground form's expressions: a dozen node types over finite-domain variables, shared and folded as they are made.

A node is made once: equal nodes are the same object, so comparing and counting them is cheap, and everything that a
constant decides is decided when the node is made. Truth values are `True` and `False`, instants and optional values may
be `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

Value = str | int | bool | None


class Node:
    """One expression. ``op`` is const, var, free, eq, lt, add, not, and, or, if or map; ``value`` what const, var, free and map carry."""

    __slots__ = ("args", "op", "value")

    def __init__(self, op: str, args: tuple[Node, ...], value: object) -> None:
        self.op, self.args, self.value = op, args, value

    def __repr__(self) -> str:
        return text(self)


_KNOWN: Final[dict[tuple[object, ...], Node]] = {}


def _made(op: str, args: tuple[Node, ...], value: object = None) -> Node:
    key = (op, type(value), value, *map(id, args))  # the table keeps every node alive, so that an id stays one node's
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Node(op, args, value)
    return found


def const(value: Value) -> Node:
    """Return a constant."""
    return _made("const", (), value)


TRUE, FALSE, NONE = const(True), const(False), const(None)


def var(name: str) -> Node:
    """Return a variable, named by the path of the fact that it holds."""
    return _made("var", (), name)


def free(name: str) -> Node:
    """Return a truth value that the environment chooses once in every step."""
    return _made("free", (), name)


def constant(node: Node) -> bool:
    """Return whether a node is a constant."""
    return node.op == "const"


def negation(node: Node) -> Node:
    """Return `not node`."""
    if node is TRUE or node is FALSE:
        return FALSE if node is TRUE else TRUE
    return node.args[0] if node.op == "not" else _made("not", (node,))


def conjunction(nodes: Iterable[Node]) -> Node:
    """Return `and` of all nodes."""
    return _junction("and", nodes, TRUE, FALSE)


def disjunction(nodes: Iterable[Node]) -> Node:
    """Return `or` of all nodes."""
    return _junction("or", nodes, FALSE, TRUE)


def _junction(op: str, nodes: Iterable[Node], neutral: Node, absorbing: Node) -> Node:
    parts: dict[Node, None] = {}
    for node in nodes:
        for part in node.args if node.op == op else (node,):
            if part is absorbing or negation(part) in parts:
                return absorbing
            if part is not neutral:
                parts[part] = None
    kept = [_within(part, op, parts) for part in parts]
    if any(a is not b for a, b in zip(kept, parts, strict=True)):
        return _junction(op, kept, neutral, absorbing)
    if len(parts) < 2:
        return next(iter(parts), neutral)
    return _made(op, tuple(parts))


def _within(part: Node, op: str, parts: Mapping[Node, None]) -> Node:
    """Return what one part of a junction says that the others leave open: `a and (not a or b)` says b, `a and (a or b)` nothing."""
    dual, neutral = ("or", TRUE) if op == "and" else ("and", FALSE)
    if part.op == dual:
        if any(arg in parts for arg in part.args):
            return neutral
        left = [arg for arg in part.args if negation(arg) not in parts]
        return part if len(left) == len(part.args) else (disjunction if op == "and" else conjunction)(left)
    if part.op == "not" and part.args[0].op == op:
        inner = part.args[0].args
        if any(negation(arg) in parts for arg in inner):
            return neutral
        left = [arg for arg in inner if arg not in parts]
        return part if len(left) == len(inner) else negation((conjunction if op == "and" else disjunction)(left))
    return part


def choice(test: Node, then: Node, other: Node) -> Node:
    """Return `then if test else other`."""
    if test is TRUE or then is other:
        return then
    if test is FALSE:
        return other
    if test.op == "not":
        return choice(test.args[0], other, then)
    then, other = (TRUE if then is test else then), (FALSE if other is test else other)
    if then is TRUE:
        return disjunction((test, other))
    if then is FALSE:
        return conjunction((negation(test), other))
    if other is TRUE:
        return disjunction((negation(test), then))
    if other is FALSE:
        return conjunction((test, then))
    if then.op == "if" and then.args[0] is test:
        then = then.args[1]
    if other.op == "if" and other.args[0] is test:
        other = other.args[2]
    if other.op == "if" and other.args[1] is then:
        return choice(disjunction((test, other.args[0])), then, other.args[2])
    return then if then is other else _made("if", (test, then, other))


def equal(left: Node, right: Node) -> Node:
    """Return `left == right`."""
    if left is right:
        return TRUE
    if left.op == "const" and right.op == "const":
        return FALSE  # two constants of one value are one node
    if left.op == "const" or (right.op == "if" and left.op != "if"):
        left, right = right, left
    if right is TRUE or right is FALSE:
        return left if right is TRUE else negation(left)
    if left.op == "if" and (right.op == "const" or left.args[1].op == "const" or left.args[2].op == "const"):
        return choice(left.args[0], equal(left.args[1], right), equal(left.args[2], right))
    return _made("eq", (left, right))


def less(left: Node, right: Node) -> Node:
    """Return `left < right` of whole numbers or texts; nothing is less or more than none."""
    if NONE in (left, right):
        return FALSE
    if left.op == "const" and right.op == "const":
        return const(bool(left.value < right.value))  # type: ignore[operator]
    for place, (one, other) in enumerate(((left, right), (right, left))):
        if one.op == "if" and all(arg.op == "const" for arg in one.args[1:]) and other.op == "const":
            test, *branches = one.args
            compared = [less(b, other) if place == 0 else less(other, b) for b in branches]
            return choice(test, *compared)
    return _made("lt", (left, right))


def total(left: Node, right: Node) -> Node:
    """Return `left + right` of whole numbers; with none, which the law tests for before, it is none."""
    if NONE in (left, right):
        return NONE
    for one, other in ((left, right), (right, left)):
        if one.op == "const" and one.value == 0:
            return other
        if one.op == "if" and other.op == "const":
            pair = [total(b, other) if one is left else total(other, b) for b in one.args[1:]]
            return choice(one.args[0], *pair)
    if left.op == "const" and right.op == "const":
        return const(left.value + right.value)  # type: ignore[operator]
    return _made("add", (left, right))


class Function:
    """A function of one value that only exists until the value's domain is known; equal names are one function."""

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[Value], Value]) -> None:
        self.name, self.function = name, function

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


def mapped(name: str, function: Callable[[Value], Value], node: Node) -> Node:
    """Return a function of a node's value; it becomes a choice once the variable's domain is known."""
    if node.op == "const":
        return const(function(node.value))  # type: ignore[arg-type]
    if node.op == "if":
        return choice(node.args[0], *(mapped(name, function, branch) for branch in node.args[1:]))
    return _made("map", (node,), Function(name, function))


def nodes(roots: Iterable[Node]) -> list[Node]:
    """Return every node below ``roots`` once, arguments before what uses them."""
    found: dict[Node, None] = {}
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, done = stack.pop()
        if done:
            found[node] = None
        elif node not in found:
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))
    return list(found)


def written(node: Node) -> int:
    """Return how many operators an expression has when everything shared is written out each time."""
    sizes: dict[Node, int] = {}
    for one in nodes((node,)):
        sizes[one] = sum(sizes[arg] for arg in one.args) + (len(one.args) > 0)
    return sizes[node]


def variables(roots: Iterable[Node]) -> set[str]:
    """Return the names of all variables below ``roots``."""
    return {str(node.value) for node in nodes(roots) if node.op == "var"}


def rebuilt(roots: Iterable[Node], leaf: Callable[[Node], Node], known: Mapping[Node, Node] = {}) -> dict[Node, Node]:
    """Return what every node below ``roots`` becomes when each variable, free choice and map is replaced by ``leaf`` of it.

    ``known`` gives what some nodes are worth where the roots count.
    """
    done: dict[Node, Node] = {}
    for node in nodes(roots):
        again = _again(node, [done[arg] for arg in node.args], leaf)
        done[node] = known.get(node) or known.get(again, again)
    return done


def facts(guard: Node) -> dict[Node, Node]:
    """Return what is known where a guard holds: its parts are true, and a variable that equals a constant is that constant."""
    found: dict[Node, Node] = {}
    for part in conjuncts(guard):
        found[part] = TRUE
        found[negation(part)] = FALSE
        if part.op == "eq" and part.args[0].op == "var" and part.args[1].op == "const":
            found[part.args[0]] = part.args[1]
    return found


def _again(node: Node, args: list[Node], leaf: Callable[[Node], Node]) -> Node:
    match node.op:
        case "const":
            return node
        case "var" | "free":
            return leaf(node)
        case "map":
            assert isinstance(node.value, Function)
            return leaf(mapped(node.value.name, node.value.function, args[0]))
        case _:
            return _MAKERS[node.op](args)


_MAKERS: Final[Mapping[str, Callable[[list[Node]], Node]]] = {
    "eq": lambda a: equal(a[0], a[1]), "lt": lambda a: less(a[0], a[1]), "add": lambda a: total(a[0], a[1]),
    "not": lambda a: negation(a[0]), "and": conjunction, "or": disjunction, "if": lambda a: choice(a[0], a[1], a[2]),
}  # fmt: skip


def conjuncts(node: Node) -> Iterator[Node]:
    """Yield the parts of a conjunction, or the node itself."""
    yield from node.args if node.op == "and" else (node,)


def text(node: Node) -> str:
    """Return a node for people, as an expression of the law."""
    inner = [text(arg) for arg in node.args]
    match node.op:
        case "const":
            return repr(node.value) if isinstance(node.value, str) else "none" if node.value is None else str(node.value).lower()
        case "var" | "free":
            return str(node.value)
        case "map":
            return f"{node.value.name}({inner[0]})"  # type: ignore[attr-defined]
        case "not":
            return f"not {inner[0]}"
        case "if":
            return f"({inner[1]} if {inner[0]} else {inner[2]})"
        case op:
            return "(" + {"eq": " == ", "lt": " < ", "add": " + ", "and": " and ", "or": " or "}[op].join(inner) + ")"
