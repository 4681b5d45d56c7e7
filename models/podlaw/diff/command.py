"""What `podlaw diff` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

from podlaw.diff.histories import Compared, Field, compare
from podlaw.diff.pods import Change, Decided, Preview, preview
from podlaw.diff.words import PUBLISHING, Entry, words
from podlaw.explore.command import progress
from podlaw.ground.scope import scopes
from podlaw.law import Law
from podlaw.printable import printable

__all__ = ["differences", "preview", "shown"]

SIGNS: Final = {"old": "-", "new": "+"}


class Diff(msgspec.Struct, frozen=True):
    """All that differs between two laws; ``undetermined`` names the scopes of which the search stopped early."""

    entries: list[Entry]
    histories: list[Compared]

    @property
    def different(self) -> bool:
        """Return whether anything differs."""
        return bool(self.entries) or any(one.verdict == "different" for one in self.histories)

    @property
    def undetermined(self) -> bool:
        """Return whether some search stopped before it could tell."""
        return any(one.verdict == "undetermined" for one in self.histories)


def differences(old: Law, new: Law, names: Sequence[str], part: str) -> Diff:
    """Compare two laws in words and on scopes, by default on every small one; with progress on a terminal."""
    entries = words(old, new)
    moving = old.whole is not new.whole or any(entry.family in PUBLISHING for entry in entries)
    small = [name for name, one in scopes(old).items() if one.spec.size == "small"] if moving else []  # else the ground forms are equal
    return Diff(entries, [_compared(name, old, new, part) for name in names or small])


def _compared(scope: str, old: Law, new: Law, part: str) -> Compared:
    with progress(f"comparing on {scope}") as update:
        return compare(scope, old, new, part=part, progress=update)


def shown(one: Diff | Preview, old: Law, new: Law, shape: str) -> str:
    """Return what was found in one of its formats."""
    if shape == "json":
        laws = {name: {"apiserver": law.selection.apiserver, "kubelet": law.selection.kubelet} for name, law in (("old", old), ("new", new))}
        return msgspec.json.format(msgspec.json.encode(laws | msgspec.to_builtins(one)), indent=2).decode()
    lines = _preview(one) if isinstance(one, Preview) else (*_gates(old, new), *_diff(one))
    return "\n".join(printable(line) for line in (*lines, _laws(old, new)))


def _gates(old: Law, new: Law) -> Iterator[str]:
    for word, some in (("off", old.selection.on - new.selection.on), ("on", new.selection.on - old.selection.on)):
        if some:
            yield f"gates that the new law has {word}: {', '.join(f'{component}:{gate}' for component, gate in sorted(some))}"


def _laws(old: Law, new: Law) -> str:
    before, after = old.selection, new.selection
    return f"from API server {before.apiserver}, kubelet {before.kubelet} to API server {after.apiserver}, kubelet {after.kubelet}"


def _diff(one: Diff) -> Iterator[str]:
    for (family, group), some in groupby(one.entries, key=lambda entry: (entry.family, entry.group)):
        yield family if family == group else f"{family} {group}"
        yield from map(_entry, some)
    told: dict[str, str] = {}  # what differs, and the first scope that shows it
    for compared in one.histories:
        fields = "; ".join(map(_field, compared.fields))
        if fields in told and compared.old is not None and compared.new is not None:
            yield f"{compared.scope}: as {told[fields]}, after {', '.join(step.step for step in compared.history[1:])}"
            yield f"  replay: --path '{compared.old.path}' under the old law, '{compared.new.path}' under the new one"
        else:
            yield from _history(compared)
        if fields:
            told.setdefault(fields, compared.scope)
    count = sum(compared.verdict == "different" for compared in one.histories)
    histories = f"{count} of {len(one.histories)} scopes show a difference" if one.histories else "nothing differs that is published"
    yield f"{len(one.entries)} entries differ, and {histories}"


def _entry(one: Entry) -> str:
    rules = f" [{', '.join(one.rules)}]" if one.rules not in ((), (one.name,)) else ""
    return f"  {SIGNS[one.law]} {one.name}{rules} {one.says}{f' ({one.why})' if one.why else ''}"


def _history(one: Compared) -> Iterator[str]:
    if one.old is None or one.new is None:
        yield f"{one.scope}: no difference in {one.pairs:,} pairs of states{f', then {one.stopped}' if one.stopped else ''}"
        return
    yield f"{one.scope}: {one.says}"
    last = ""
    for number, step in enumerate(one.history):
        refused = f" (refused by the {' and the '.join(step.refused)} law)" if step.refused else ""
        published = "" if step.published == last or number == len(one.history) - 1 else step.published
        yield f"{number:4}  {step.by:<10} {step.step + refused:<44} {published}".rstrip()
        last = step.published
    yield from (f"      {SIGNS[law]} {run.published}" for law, run in (("old", one.old), ("new", one.new)))
    yield from (f"        {_field(field)}" for field in one.fields)
    yield f"  replay: {one.old.replay}"
    yield f"  replay: {one.new.replay}"


def _field(one: Field) -> str:
    return f"{one.path}: {_value(one.old)} -> {_value(one.new)}"


def _value(value: object) -> str:
    return "not set" if value is None else value if isinstance(value, str) else json.dumps(value)


def _preview(one: Preview) -> Iterator[str]:
    yield from map(_change, one.changes)
    yield f"{len({change.uid for change in one.changes})} of {one.pods} pods would publish differently"


def _change(one: Change) -> str:
    values = f"{one.namespace}/{one.name}: {one.field} {one.old.value} -> {one.new.value}"
    return f"{values}; old law {_row(one.old)}; new law {_row(one.new)}"


def _row(one: Decided) -> str:
    return f"[{', '.join(one.rules)} {one.row}] {one.says}"
