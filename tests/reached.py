"""Which entries of the law a witness reaches, and so which rule ids; `python tests/reached.py` prints the encoded ids that none does.

A witness is a recording (one also as a node with an address would have written it), a known bug, a vector, a scope, or a case:
a rule or property whose `if` held, a row that decided, an event that happened, an edge with an example, an entry of the
validation that changed or refused something.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from msgspec.structs import replace

import addresses
import agreement
import mutant_judges
import rule_ids
from derivation_cases import all_cases
from mutant_scopes import shown
from podlaw import examples
from podlaw.explain.entries import Entry, entries
from podlaw.explain.histories import kept
from podlaw.explore import explore
from podlaw.expr import names
from podlaw.history.check import check
from podlaw.history.replay import replayed
from podlaw.law import SPEC, Law
from podlaw.model import Model, Subject, Values
from podlaw.world import ALONE, World
from scopes import LAW, SCOPES

DATA = Path(__file__).parent / "data"
HEAD = "# The encoded rule ids that a witness reaches, and those of which a mutant was noticed. Written by nox -s mutate -- --ids --record, never typed.\n"
Name = tuple[str, str]  # of an entry: its kind and its name
FALSE = ast.Constant(False)


def reached() -> frozenset[str]:
    """Return every rule id that some reached entry bears."""
    every, seen = entries(LAW.whole), frozenset(direct())
    while more := {_name(e) for e in every if _name(e) not in seen and _follows(e, seen, every)}:
        seen |= more
    return frozenset(rule for e in every if _name(e) in seen for rule in e.rules)


def direct() -> Iterator[Name]:
    """Yield the entries that a witness reaches by themselves."""
    for one in kept(SPEC).histories:
        if one.of in ("rule", "event"):
            yield one.of, one.word
    for edge in examples.found(SPEC).examples:
        yield "edge", f"{edge.graph}: {edge.move} ({edge.source} to {edge.target})"
    yield from (("row", " ".join(row)) for row in rows())
    yield from (("rule", rule) for rule in premises())
    yield from (("event", event) for event in replayed_events())
    yield from (("property", says) for says in held())
    yield from cases()


def cases() -> Iterator[Name]:
    """Yield what the hand-made cases of the validation and of updates reach."""
    for group, some in yaml.safe_load((DATA / "validation.yaml").read_text(encoding="utf-8")).items():
        yield from ((group.removesuffix("s"), case[group.removesuffix("s")]) for case in some)
    for case in yaml.safe_load((DATA / "updates.yaml").read_text(encoding="utf-8"))["updates"]:
        yield from (("rule", case["id"]), ("endpoint", case["through"]))


def rows() -> set[tuple[str, ...]]:
    """Return the rows that decide a vector, a step of a small scope, or a hand-made case."""
    found: set[tuple[str, ...]] = {(case["table"], case["row"]) for case in agreement.cases()} | {(table, case.row) for table, case in all_cases()}
    for name in agreement.names():
        found |= set(agreement.vectors(name).decided)
    return found | {row for some in shown().values() for row in some if len(row) == 2}


def premises() -> Iterator[str]:
    """Yield the ids of the rules whose `if` held in a recording or a known bug: a law by which they then always fail finds them all."""
    law = Law("1.36")
    book = law.whole.rulebook
    law.whole = replace(law.whole, rulebook=replace(book, rules=tuple(replace(rule, then=FALSE) for rule in book.rules)))
    evidence = mutant_judges.evidence()
    histories = [*evidence.recordings.values(), *(events for events, _ in evidence.histories.values()), addresses.watched("sandbox")]
    yield from (finding.rule for events in histories for pod in check(events, law).pods for finding in pod.findings)


class Watched(Model):
    """A model that notes which events happened."""

    def __init__(self, law: Law) -> None:
        super().__init__(law)
        self.happened: set[str] = set()

    def apply(self, subject: Subject, name: str, values: Values, world: World = ALONE) -> Subject | None:
        """Let an event happen and note it where it can."""
        after = super().apply(subject, name, values, world)
        if after is not None:
            self.happened.add(name)
        return after


def replayed_events() -> set[str]:
    """Return the events that happen in some run of the model that a recording allows."""
    model = Watched(Law("1.36"))
    for name, pod in mutant_judges.evidence().pods:
        replayed(model, name, "", pod)
    return model.happened


def held() -> Iterator[str]:
    """Yield the sentences of the properties whose `if` held somewhere in a small scope."""
    for name, one in SCOPES.items():
        if one.spec.properties and one.spec.size == "small":
            yield from (says for _, says in explore(name, LAW, compiled=False).properties)


def _name(one: Entry) -> Name:
    """Return what names an entry; several properties may have one name, but not one sentence."""
    return one.kind, one.says if one.kind == "property" else one.name


def _follows(one: Entry, seen: frozenset[Name], every: Iterable[Entry]) -> bool:
    """Return whether an entry is reached because others are: an event's guards and moves, a table's rows, whatever uses a name."""
    if one.kind == "rule":
        return one.formula.get("if", "true") == "true"
    if one.kind == "guard":
        return ("event", one.name) in seen
    if one.kind == "move":
        return ("event", one.name.partition(": ")[2].partition(" (")[0]) in seen
    if one.kind in ("table", "machine", "graph"):
        part, after = {"table": ("row", " "), "machine": ("move", ": "), "graph": ("edge", ": ")}[one.kind]
        return any(kind == part and name.startswith(one.name + after) for kind, name in seen)
    if one.kind in ("composition", "constant"):
        return any(one.name in names(tree) for e in every if _name(e) in seen for tree in (*e.gives, *e.asks))
    return one.kind == "gate" and any(_name(e) in seen and one.name in (e.applies.gate, e.applies.without) for e in every)


def write_shown(found: Iterable[str], noticed: Iterable[str]) -> None:
    """Write which rule ids are reached and noticed, by family."""
    told = {name: _by_family({*rules}) for name, rules in (("reached", found), ("noticed", noticed))}
    rule_ids.SHOWN.write_text(HEAD + yaml.safe_dump(told, default_flow_style=None, sort_keys=False, width=1 << 16), encoding="utf-8")


def _by_family(rules: set[str]) -> dict[str, list[str]]:
    return {family: some for family, ids in rule_ids.families().items() if (some := sorted(rules & {*ids}))}


def main() -> None:
    """Print the encoded ids that no witness reaches."""
    found = reached()
    sys.stdout.write("".join(f"{rule}\n" for rule in sorted(rule_ids.encoded() - found)))


if __name__ == "__main__":
    main()
