"""Where each variable stands in a packed state, and which number each of its values is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from podlaw.errors import LawError
from podlaw.explore.parts import parts
from podlaw.ground.domains import Finite, rank
from podlaw.ground.nodes import Node, Value, nodes
from podlaw.ground.rules import OLD

BITS: Final = 62  # of one word: int64 without its sign, which numba turns to float beside an unsigned number
WORDS: Final = 32  # the widest state; a state of thirty words is far too large to have millions of
Codes = dict[Value, int]


class Place(msgspec.Struct, frozen=True):
    """Where a variable stands: which word, from which bit, how many bits."""

    word: int
    shift: int
    bits: int


class Layout(msgspec.Struct, frozen=True):
    """The packed form of every state: published variables stand in the first ``published`` words and nowhere else.

    ``parts`` holds the first word of every part of the variables, and the count of words at the end.
    """

    places: dict[str, Place]
    codes: dict[str, Codes]
    values: dict[str, tuple[Value, ...]]  # of each variable, by code
    of_node: dict[Node, Codes]
    words: int
    published: int
    parts: tuple[int, ...]

    def packed(self, state: Mapping[str, Value]) -> tuple[int, ...]:
        """Return a state as its words."""
        found = [0] * self.words
        for name, place in self.places.items():
            found[place.word] |= self.codes[name][state[name]] << place.shift
        return tuple(found)

    def unpacked(self, words: Iterable[int]) -> dict[str, Value]:
        """Return the words of a state (or only the published ones) as values by variable."""
        given = [int(word) for word in words]
        state: dict[str, Value] = {}
        for name, place in self.places.items():
            if place.word < len(given):
                code = given[place.word] >> place.shift & ((1 << place.bits) - 1)
                state[name] = self.values[name][code]
        return state

    @property
    def bits(self) -> int:
        """Return how many bits a state needs."""
        return sum(place.bits for place in self.places.values())


def layout(form: Finite, outputs: Iterable[Node] = (), published: str = "api") -> Layout:
    """Return the layout of a ground form; variables whose name begins with ``published`` come first.

    ``outputs`` are other expressions that are asked about the states, such as where rules are violated. Variables that
    are copied or compared share their codes, so that a copy is a copy of bits; so does a variable with itself before a
    step. Raises LawError for a state wider than is supported.
    """
    groups = _grouped(form, outputs)
    codes = {name: groups[name] for name in form.domains}
    places: dict[str, Place] = {}
    public, starts, words = 0, [0], 0
    for part in parts(form, lambda name: shown(name, published)):
        for names in ([name for name in part if shown(name, published)], [name for name in part if not shown(name, published)]):
            at = [words, 0]
            places |= {name: _placed(at, codes[name]) for name in names}
            words = at[0] + (at[1] > 0)
            public = public or words * (shown(part[0], published))
        starts.append(words)
    words = max(words, 1)
    if words > WORDS:
        wide = f"a state of this scope needs {words} words of {BITS} bits, and {WORDS} are supported"
        raise LawError(f"{wide}; leave out containers or events, or fuse more")
    of_node = {node: groups[node] for node in groups if isinstance(node, Node)}
    return Layout(places, codes, {name: tuple(group) for name, group in codes.items()}, of_node, words, public, tuple(starts))


def shown(name: str, published: str = "api") -> bool:
    """Return whether a variable is part of the published pod: `api...`, or `web.api...` where a scope has several pods."""
    return published in name.partition("[")[0].split(".")[:2]


def _placed(at: list[int], codes: Codes) -> Place:
    bits = max(len(codes) - 1, 1).bit_length()
    if at[1] + bits > BITS:
        at[:] = [at[0] + 1, 0]
    place = Place(at[0], at[1], bits)
    at[1] += bits
    return place


def _grouped(form: Finite, outputs: Iterable[Node]) -> dict[str | Node, Codes]:
    """Return the codes of every variable and node; those whose values meet share one numbering."""
    parent: dict[str | Node, str | Node] = {}

    def find(one: str | Node) -> str | Node:
        parent.setdefault(one, one)
        while parent[one] is not one and parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    def join(one: str | Node, other: str | Node) -> None:
        parent[find(one)] = find(other)

    roots = [node for s in form.steps for node in (s.guard, s.boundary, *s.changes.values())] + list(outputs)
    every = nodes(roots)
    summed = []
    for node in every:
        match node.op:
            case "var":
                join(node, str(node.value).removeprefix(OLD))
            case "if":
                join(node, _own(node.args[1], node))
                join(node, _own(node.args[2], node))
            case "eq" | "lt":
                join(_own(node.args[0], node.args[1]), _own(node.args[1], node.args[0]))
            case "add":
                join(node, _own(node.args[0], node))
                join(node, _own(node.args[1], node))
                summed.append(node)
    for step in form.steps:
        for name, node in step.changes.items():
            join(name, _own(node, name))
    return _numbered(form, every, find, summed)


def _own(node: Node, beside: Node | str) -> Node | str:
    """A constant belongs to whatever it stands beside: the same text may be a code of several groups."""
    return beside if node.op == "const" else node


def _numbered(form: Finite, every: list[Node], find, summed: list[Node]) -> dict[str | Node, Codes]:  # type: ignore[no-untyped-def]
    values: dict[str | Node, set[Value]] = {}
    for name, domain in form.domains.items():
        values.setdefault(find(name), set()).update(domain)
    for node in every:
        beside = node.args[1:] if node.op == "if" else node.args if node.op in ("eq", "lt", "add") else ()
        owner = next((find(a) for a in beside if a.op != "const"), find(node) if node.op == "if" else None)
        for arg in beside:
            if arg.op == "const" and owner is not None:
                values.setdefault(owner, set()).add(arg.value)  # type: ignore[arg-type]
    for step in form.steps:
        for name, node in step.changes.items():
            if node.op == "const":
                values.setdefault(find(name), set()).add(node.value)  # type: ignore[arg-type]
    for node in summed:
        group = values[find(node)]
        group.update(range(max(int(v) for v in group if isinstance(v, int)) + 1))
    sums = {find(node) for node in summed}
    codes = {group: {value: code for code, value in enumerate(_ordered(found, group in sums))} for group, found in values.items()}
    empty: Codes = {False: 0, True: 1}
    found: dict[str | Node, Codes] = {name: codes[find(name)] for name in form.domains}
    for node in every:
        found[node] = codes.get(find(node), empty)
    return found


def _ordered(found: Iterable[Value], summed: bool) -> list[Value]:
    """Return values in the order of their codes: none comes first, but last where codes are added as the numbers that they stand for."""
    ordered = sorted(found, key=rank)
    return [*(v for v in ordered if v is not None), *(v for v in ordered if v is None)] if summed else ordered
