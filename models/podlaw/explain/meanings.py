"""Find what a word means to the law, and every entry that has to do with it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

import msgspec

from podlaw import wire
from podlaw.errors import InputError
from podlaw.explain.entries import Entry, Kind, entries
from podlaw.explain.histories import History, history
from podlaw.explain.telling import Told, told
from podlaw.law import Law

FAMILIES: Final[dict[str, tuple[Kind, ...]]] = {
    "named rules and properties": ("rule", "property"),
    "what a request must be": ("endpoint", "drop", "default", "refusal"),
    "tables and numbers": ("table", "row", "constant", "gate", "composition"),
    "events and their guards": ("event", "guard", "machine", "move"), "moves that are published": ("graph", "edge"),
}  # fmt: skip
NAMES: Final[tuple[Kind, ...]] = ("property", "table", "machine", "graph", "composition", "constant", "gate")


class Group(msgspec.Struct, frozen=True):
    """Entries of one kind, in the order of the law; `whole` where their expressions are shown to people too."""

    title: str
    entries: list[Told]
    whole: bool = False


class Meaning(msgspec.Struct, frozen=True):
    """One thing that a word means: what it is, the entries that have to do with it, and a shortest history that shows it."""

    kind: str
    says: str
    groups: list[Group]
    history: History | None


class Explanation(msgspec.Struct, frozen=True):
    """Everything the law knows of a word."""

    word: str
    law: dict[str, str]
    meanings: list[Meaning]


class Index:
    """The entries of a law and the words that it knows."""

    def __init__(self, law: Law) -> None:
        self.law, self.entries, self.vocabulary = law, entries(law.whole), law.whole.vocabulary
        self.published = dict(_published())
        named = (e.name for e in self.entries if e.kind in ("event", *NAMES))
        self.words = sorted({*self._rules(), *self._values(), *self._fields(), *self.published, *named})

    def _rules(self) -> Iterator[str]:
        yield from (rule for entry in self.entries for rule in entry.rules)

    def _values(self) -> Iterator[str]:
        yield from (member for group in (self.vocabulary.enums, self.vocabulary.open) for members in group.values() for member in members)

    def _fields(self) -> Iterator[str]:
        yield from (field for fields in self.vocabulary.records.values() for field in fields)

    def some(self, test: Callable[[Entry], bool]) -> list[Entry]:
        """Return the entries that pass a test."""
        return [entry for entry in self.entries if test(entry)]

    def near(self, word: str) -> list[str]:
        """Return the words most like one that is not known, whatever their case and with the zero of a rule id or without."""
        lowered = re.sub(r"-(\d)$", r"-0\1", word.lower())
        found = difflib.get_close_matches(lowered, dict.fromkeys(one.lower() for one in self.words), n=4, cutoff=0.6)
        return [one for like in found for one in self.words if one.lower() == like]

    def tell(self, title: str, some: Iterable[Entry], whole: bool = False, only: str = "") -> list[Group]:
        """Return a group of entries, or none where there are none; ``only`` keeps of what they set just this field."""
        found = [told(entry, self.law, only) for entry in some]
        return [Group(title, found, whole)] if found else []


def explain(word: str, law: Law | None = None) -> Explanation:
    """Return what the law knows of a word; raise InputError with near matches for a word that it does not have."""
    law = law or Law()
    index = _index(law)
    found = [meaning for kind in (_rule, _event, _field, _value, _name) for meaning in kind(word, index)]
    if not found:
        near = index.near(word)
        remedy = f"near matches are {', '.join(near)}" if near else "give for example PHASE-03, CrashLoopBackOff, Ready or publish"
        raise InputError(f"the law has no rule, reason, field or event '{word}'; {remedy}")
    return Explanation(word, {"apiserver": law.selection.apiserver, "kubelet": law.selection.kubelet}, found)


@lru_cache(maxsize=4)
def _index(law: Law) -> Index:
    return Index(law)


def _rule(word: str, index: Index) -> Iterator[Meaning]:
    bearing = index.some(lambda e: word in e.rules)
    if bearing:
        groups = [g for title, kinds in FAMILIES.items() for g in index.tell(title, (e for e in bearing if e.kind in kinds), whole=True)]
        yield Meaning("rule", _first(bearing), groups, history(index.law, word, bearing))


def _first(bearing: list[Entry]) -> str:
    """Return the sentence of the entry that says most: a rule, a table or an event before rows and guards."""
    order = ("rule", "table", "event", "machine", "graph", "row", "edge", "composition")
    best = min(bearing, key=lambda e: order.index(e.kind) if e.kind in order else len(order))
    return best.says


def _event(word: str, index: Index) -> Iterator[Meaning]:
    own = index.some(lambda e: e.kind == "event" and e.name == word)
    if own:
        guards = index.some(lambda e: e.kind == "guard" and e.name == word)
        moves = index.some(lambda e: e.kind == "move" and e.name.partition(": ")[2].startswith(f"{word} ("))
        groups = [*index.tell("what it does", own, True), *index.tell("it can happen only when", guards, True), *index.tell("it moves", moves)]
        yield Meaning("event", own[0].says, groups, history(index.law, word, own))


def _field(word: str, index: Index) -> Iterator[Meaning]:
    name = index.published.get(word, word)
    records = [(record, fields[name]) for record, fields in index.vocabulary.records.items() if name in fields]
    if not records:
        return
    kinds = ", ".join(f"{record}.{name} ({kind})" for record, kind in records)
    says = f"{kinds}{'' if name == word else f'; the law calls {word} {name}'}"
    sets = index.some(lambda e: any(name in target.split(".") for target in e.sets))
    values = {f"{root}.{name}{end}" for root in ("pod", "c") for end in ("", ".status")}
    graphs = [g for g in index.law.whole.graphs.values() if g.spec.value in values]
    moves = index.some(lambda e: e.kind == "edge" and any(e.name.startswith(f"{g.spec.graph}: ") for g in graphs))
    reads = index.some(lambda e: e.kind in ("rule", "row") and any(_attribute(tree, name) for tree in (*e.asks, *e.gives)))
    groups = [*index.tell("set by", sets, True, name), *index.tell("published moves", moves)]
    for title, kind in (("rules that speak of it", "rule"), ("rows that ask for it", "row")):
        groups += index.tell(title, (e for e in reads if e.kind == kind))
    yield Meaning("field", says, groups, history(index.law, name, moves))


def _value(word: str, index: Index) -> Iterator[Meaning]:
    kinds = [name for group in (index.vocabulary.open, index.vocabulary.enums) for name, members in group.items() if word in members]
    if not kinds:
        return
    gives = index.some(lambda e: e.kind != "rule" and any(_constant(tree, word) for tree in e.gives))
    asks = index.some(lambda e: e not in gives and any(_constant(tree, word) for tree in e.asks))
    into = {target.rpartition(".")[2] for e in gives if e.kind == "event" for target, value in e.sets.items() if value == word} - {"reason"}
    shown = index.some(lambda e: e not in gives and e.kind == "composition" and any(_attribute(tree, name) for tree in e.gives for name in into))
    groups = [*index.tell("given by", gives), *index.tell("shown by", shown), *index.tell("asked for by", asks)]
    yield Meaning(kinds[0].lower(), f"a word of {', '.join(kinds)}", groups, history(index.law, word, gives))


def _name(word: str, index: Index) -> Iterator[Meaning]:
    """Yield tables, machines, graphs, compositions, numbers and gates of that name, with their parts."""
    own = index.some(lambda e: e.kind in NAMES and e.name == word)
    if own and word not in index.vocabulary.records["Pod"]:
        parts = index.some(lambda e: e.kind in ("row", "move", "edge") and e.name.startswith((f"{word} ", f"{word}: ")))
        gated = index.some(lambda e: word in (e.applies.gate, e.applies.without))
        groups = [*index.tell(own[0].kind, own, True), *index.tell("its parts", parts, True), *index.tell("it decides whether these apply", gated)]
        yield Meaning(own[0].kind, own[0].says, groups, None)


def _published() -> Iterator[tuple[str, str]]:
    """Yield the names that fields have in JSON, with those that the law gives them."""
    for kind in (wire.Metadata, wire.Spec, wire.PodStatus, wire.Status, wire.Terminated, wire.Container, wire.Condition):
        for field in msgspec.structs.fields(kind):
            if field.encode_name != field.name:
                yield field.encode_name, field.name


def _attribute(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(tree))


def _constant(tree: ast.expr, word: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == word for node in ast.walk(tree))
