"""Two laws in words: the rows, names, constants, edges, moves, events and rules that apply in one and not in the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, get_args

import msgspec

from podlaw import schema
from podlaw.law import Law
from podlaw.tables import Let, listed
from podlaw.versions import Selection

Family = Literal["derivation", "constant", "event", "machine", "composition", "graph", "rule"]
FAMILIES: Final = get_args(Family)
PUBLISHING: Final = ("derivation", "constant", "event", "machine", "composition")  # the others judge what these publish
REASONS: Final = {"since": "since {}", "until": "until {}", "gate": "with the gate {}", "without": "without the gate {}"}
Found = dict[tuple[str, ...], tuple["Entry", schema.Applies, str]]  # with when it applies, and to which component


class Entry(msgspec.Struct, frozen=True):
    """One entry that applies in one of two laws only: ``law`` says in which.

    ``group`` is the table, graph or machine that it stands in, or the family of a rule's id; ``why`` tells which minor
    or gate decides, and is empty where an entry only gives way to another, or stands in another text of the law.
    """

    family: Family
    group: str
    name: str
    rules: tuple[str, ...]
    says: str
    law: Literal["old", "new"] = "old"
    why: str = ""


def words(old: Law, new: Law) -> list[Entry]:
    """Return every entry that applies in one law only, those of a group together, the old law's first."""
    before, after = entries(old), entries(new)
    gone = [_told(before[key], "old", new.selection) for key in before if key not in after]
    come = [_told(after[key], "new", old.selection) for key in after if key not in before]
    places = list(dict.fromkeys((entry.family, entry.group) for entry, _, _ in (*before.values(), *after.values())))
    return sorted([*gone, *come], key=lambda entry: (FAMILIES.index(entry.family), places.index((entry.family, entry.group))))


def _told(found: tuple[Entry, schema.Applies, str], law: Literal["old", "new"], other: Selection) -> Entry:
    entry, applies, component = found
    return msgspec.structs.replace(entry, law=law, why=deciding(applies, component, other))


def deciding(entry: schema.Applies, component: str, other: Selection) -> str:
    """Return in words what keeps an entry out of another version's law."""
    given = {field: value for field in REASONS if (value := getattr(entry, field)) is not None}
    return ", ".join(REASONS[field].format(value) for field, value in given.items() if not other.applies(schema.Applies(**{field: value}), component))


def entries(law: Law) -> Found:
    """Return every entry that applies in a law; equal keys mean the same entry."""
    found: Found = {}
    for family in (_derivations, _constants, _events, _machines, _compositions, _graphs, _rules):
        for entry, applies, component in family(law):
            if law.selection.applies(applies, component):
                found[entry.family, entry.group, entry.name, _text(applies)] = entry, applies, component
    return found


def _text(applies: schema.Applies) -> str:
    """Return what an entry says of the pod; alternatives of one value are the same, whichever is meant."""
    return str(applies.value) if isinstance(applies, schema.Let | schema.Constant) else msgspec.json.encode(applies).decode()


Entries = Iterator[tuple[Entry, schema.Applies, str]]


def _derivations(law: Law) -> Entries:
    for name, table in law.whole.tables.items():
        yield from _names("derivation", name, table.lets, law.selection, table.spec.by)
        for row in table.rows:
            yield Entry("derivation", name, row.spec.row, listed(row.spec.rule or table.spec.id), row.spec.says), row.spec, table.spec.by


def _constants(law: Law) -> Entries:
    for name, let in law.whole.constants.items():
        for one in _chosen(let, law.selection, "kubelet"):
            assert isinstance(one, schema.Constant)
            yield Entry("constant", "constants", name, listed(one.rule), f"{one.value} {one.unit}"), one, "kubelet"


def _events(law: Law) -> Entries:
    for name, event in law.whole.program.events.items():
        yield Entry("event", name, name, listed(event.spec.rule), event.spec.says), event.spec, "kubelet"
        yield from _names("event", name, event.lets, law.selection, "kubelet")


def _machines(law: Law) -> Entries:
    program = law.whole.program
    for name, machine in program.machines.items():
        for move in machine.moves:
            way = f"{move.spec.event} ({' or '.join(move.sources)} to {move.spec.target})"
            yield Entry("machine", name, way, listed(move.spec.rule), program.events[move.spec.event].spec.says), move.spec, "kubelet"


def _compositions(law: Law) -> Entries:
    for name, composition in law.whole.program.compositions.items():
        for step in composition.steps:
            yield from _names("composition", name, step.lets, law.selection, "kubelet")


def _graphs(law: Law) -> Entries:
    for name, graph in law.whole.graphs.items():
        yield from _names("graph", name, graph.bound.lets, law.selection, "kubelet")
        for edge in graph.edges:
            way = f"{edge.spec.move} ({edge.spec.source} to {edge.spec.target})"
            yield Entry("graph", name, way, edge.rules, edge.spec.says), edge.spec, edge.spec.by


def _rules(law: Law) -> Entries:
    for file in law.whole.rulebook.files:
        yield from _names("rule", "names of the rules", file.lets, law.selection, "kubelet")
    for rule in law.whole.rulebook.rules:
        spec = rule.spec
        yield Entry("rule", spec.id.rpartition("-")[0], spec.id, (spec.id,), spec.says), spec, spec.by


def _names(family: Family, group: str, lets: Mapping[str, Let], selection: Selection, component: str) -> Entries:
    """Yield the alternative that is meant by each name."""
    for name, let in lets.items():
        for one in _chosen(let, selection, component):
            assert isinstance(one, schema.Let)
            yield Entry(family, group, name, (), f"is {one.value}"), one, component


def _chosen(let: Let, selection: Selection, component: str) -> Iterable[schema.Applies]:
    return [applies for applies, _ in let.alternatives if selection.applies(applies, component)][:1]
