"""Render a ground form to Python source: one function per step over packed words, the same text for CPython and numba."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

from podlaw.explore.layout import Codes, Layout
from podlaw.ground.nodes import Node, conjuncts, nodes
from podlaw.ground.rules import OLD
from podlaw.ground.steps import Step


def source(steps: Iterable[Step], places: Layout) -> str:
    """Return a function per step: it returns 1 and the words after it, 2 where only a cap keeps it from happening, or 0."""
    words = [f"w{i}" for i in range(places.words)]
    return "\n\n\n".join(_step(f"step_{i}", step, words, places) for i, step in enumerate(steps)) + "\n"


def judging(rules: Sequence[Node], places: Layout) -> Iterator[str]:
    """Yield the function that judges one step between published words, and the loop over all."""
    words = [f"{when}{i}" for when in "ow" for i in range(places.published)]
    writer = Writer(places)
    lines = [f"def violated(number, broken, {', '.join(words)}):", *writer.bound(rules)]
    for i, rule in enumerate(rules):
        lines += [f"    if broken[{i}] < 0 and {writer.text(rule)}:", f"        broken[{i}] = number"]
    yield "\n".join([*lines, "    return"])
    given = ", ".join(f"pairs[i, {k}]" for k in range(len(words)))
    yield f"def violations(pairs, paired, broken):\n    for i in range(paired):\n        violated(i, broken, {given})"


def _step(name: str, step: Step, words: list[str], places: Layout) -> str:
    same = ", ".join(words)
    writer = Writer(places)
    lines = [f"def {name}({same}):"]
    bounded = step.boundary.op != "const"
    refused = [f"        return 2, {same}"] if bounded else []
    if bounded:
        lines += writer.bound([step.boundary])
        lines += [f"    if {writer.text(step.boundary)}:", *refused]
    tests = writer.tests(list(conjuncts(step.guard)))
    for prelude, test in tests:
        lines += [*prelude, f"    if not {test}:", f"        return 0, {same}"]
    lines += writer.bound(step.changes.values())
    changed = assigned(writer, step.changes, places)
    return "\n".join([*lines, f"    return 1, {', '.join(changed.get(w, f'w{w}') for w in range(places.words))}"])


def assigned(writer: Writer, changes: Mapping[str, Node], places: Layout) -> dict[int, str]:
    """Return the text of every word in which variables change."""
    changed: dict[int, list[str]] = {}
    masks: Counter[int] = Counter()
    for variable, node in changes.items():
        place = places.places[variable]
        masks[place.word] |= ((1 << place.bits) - 1) << place.shift
        value = writer.value(node, places.codes[variable])
        changed.setdefault(place.word, []).append(f"({value} << {place.shift})" if place.shift else f"({value})")
    return {w: f"(w{w} & {((1 << 62) - 1) & ~masks[w]}) | {' | '.join(texts)}" for w, texts in changed.items()}


class Writer:
    """Writes expressions of one function in Python; what is used twice is bound to a name first. A subclass writes another language."""

    joined: ClassVar[Mapping[str, str]] = {"and": " & ", "or": " | "}
    negated = "(not {})"
    binding = "    {} = {}"
    bindings = "v{}"

    def __init__(self, places: Layout) -> None:
        self.places = places
        self.names: dict[Node, str] = {}

    def tests(self, parts: list[Node]) -> list[tuple[list[str], str]]:
        """Return for each part of a guard, the cheapest first, the lines before it and its text."""
        found = []
        for part in sorted(parts, key=lambda p: len(nodes((p,)))):
            prelude = self.bound([part])
            found.append((prelude, self.text(part)))
        return found

    def bound(self, roots: Iterable[Node]) -> list[str]:
        """Return the lines that bind variables and what ``roots`` use more than once."""
        roots = list(roots)
        order = self.order(roots)
        used: Counter[Node] = Counter(arg for node in order for arg in node.args)
        used.update(arg for node in order for arg in self.repeated(node))
        used.update(roots)
        lines = []
        for node in order:
            if node in self.names or node.op == "const":
                continue
            if self.worth(node, used[node]):
                text = self.text(node)
                self.names[node] = name = self.bindings.format(len(self.names))
                lines.append(self.binding.format(name, text))
        return lines

    def order(self, roots: Iterable[Node]) -> list[Node]:
        """Return every node to write, arguments first."""
        return nodes(roots)

    def text(self, node: Node) -> str:
        """Return the text of a node, its values as the codes of its group."""
        return self.value(node, self.places.of_node.get(node, TRUTH))

    def value(self, node: Node, codes: Codes) -> str:
        """Return the text of a node where values have these codes."""
        if node in self.names:
            return self.names[node]
        match node.op:
            case "const":
                return str(codes[node.value])  # type: ignore[index]
            case "var":
                return self.variable(str(node.value), codes)
            case "not":
                return self.negated.format(self._inner(node.args[0]))
            case "and" | "or":
                return "(" + self.joined[node.op].join(self._inner(arg) for arg in node.args) + ")"
            case "if":
                return self.choice(node)
            case "eq" | "lt":
                shared = self._codes(next(arg for arg in node.args if arg.op != "const"))
                left, right = (self.value(arg, shared) for arg in node.args)
                return f"({left} {'==' if node.op == 'eq' else '<'} {right})"
            case _:
                left, right = (self.value(arg, self._codes(node)) for arg in node.args)
                return f"({left} + {right})"

    def repeated(self, node: Node) -> tuple[Node, ...]:
        """Return the arguments that the text of a node says twice."""
        return node.args[::2] if node.op == "if" else ()

    def worth(self, node: Node, used: int) -> bool:
        """Return whether a node that is used so often is bound to a name."""
        return node.op == "var" or used > 1

    def variable(self, name: str, codes: Codes) -> str:
        """Return the text that reads a variable."""
        place = self.places.places[name.removeprefix(OLD)]
        text = f"({'o' if name.startswith(OLD) else 'w'}{place.word} >> {place.shift}) & {(1 << place.bits) - 1}"
        return f"(({text}) == 1)" if truth(codes) else f"({text})"

    def choice(self, node: Node) -> str:
        """Return `then if test else other` as arithmetic: other, with the bits flipped in which then differs, times the test.

        It has no branches, which would cost numba minutes.
        """
        test, then, other = node.args
        codes = self._codes(node)
        if truth(codes):
            chosen, inner = self._inner(test), self._inner
            return f"(({chosen} & {inner(then)}) | ((not {chosen}) & {inner(other)}))"
        first, second = self.value(then, codes), self.value(other, codes)
        if first.isdigit() and second.isdigit():
            flipped = str(int(first) ^ int(second))
        else:
            flipped = first if second == "0" else second if first == "0" else f"({first} ^ {second})"
        product = f"({self._inner(test)} * {flipped})"
        return product if second == "0" else f"({second} ^ {product})"

    def _inner(self, node: Node) -> str:
        return self.value(node, TRUTH)

    def _codes(self, node: Node) -> Codes:
        return self.places.of_node[node]


class Atoms(Writer):
    """Writes an expression over several parts; what rests on one part is read from the facts of its values."""

    def __init__(self, places: Layout, atoms: Mapping[Node, str]) -> None:
        super().__init__(places)
        self.names |= atoms

    def order(self, roots: Iterable[Node]) -> list[Node]:
        found: dict[Node, None] = {}
        stack = list(roots)
        while stack:
            if (node := stack.pop()) not in found and node not in self.names:
                found[node] = None
                stack += node.args
        return [node for node in nodes(found) if node in found]


def truth(codes: Codes) -> bool:
    """Return whether these are the codes of truth values, and not of 0 and 1."""
    return all(isinstance(value, bool) for value in codes)


TRUTH: Final[Codes] = {False: 0, True: 1}
