"""One entry of the law as it is told: its sentence, its expressions with the names in them, who keeps it, and when it applies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from podlaw import schema
from podlaw.explain.entries import Declared, Entry
from podlaw.expr import ExpressionError, names, parse
from podlaw.law import Law
from podlaw.rules import strength
from podlaw.versions import Selection

JUDGED: Final = {
    "write": "judged in one write", "adjacent": "judged between successive versions", "gap": "judged over any gap", "model": "judged in the model only",
    "request": "judged in a request only",
}  # fmt: skip


class Told(msgspec.Struct, frozen=True):
    """One entry; `where` defines the names of its expressions, `here` is false where it does not apply in the law that was asked."""

    kind: str
    name: str
    rules: list[str]
    says: str
    by: str
    worth: str = ""
    formula: dict[str, str] = {}
    where: dict[str, str] = {}
    sets: dict[str, str] = {}
    versions: str = ""
    here: bool = True
    source: str = ""


def told(entry: Entry, law: Law, only: str = "") -> Told:
    """Tell an entry; ``only`` keeps of the fields that it sets those of one name."""
    sets = {target: value for target, value in entry.sets.items() if not only or only in target.split(".")}
    component = "apiserver" if entry.by == "apiserver" and entry.kind != "event" else "kubelet"
    return Told(
        entry.kind, entry.name, list(entry.rules), entry.says, entry.by, _worth(entry), dict(entry.formula),
        where([*entry.formula.values(), *sets.values()], entry.names, law.selection), sets,
        versions(entry.applies, law), law.selection.applies(entry.applies, component), entry.source,
    )  # fmt: skip


def _worth(entry: Entry) -> str:
    spec = entry.applies
    if not isinstance(spec, schema.Property):
        return ""
    two = ", from one version (old, b) to the next (pod, c)" if spec.kind == "step" else ""
    return f"{spec.promise}, {JUDGED[spec.seen]}{two}; a finding is [{strength(spec)}]"


def versions(applies: schema.Applies, law: Law) -> str:
    """Return in words when an entry applies, with the history of its gate."""
    gates = law.whole.versions.read(schema.Versions).gates
    parts = [f"since {applies.since}" if applies.since else "", f"until {applies.until}" if applies.until else ""]
    for gate, words in ((applies.gate, "with the gate"), (applies.without, "without the gate")):
        parts.append(f"{words} {gate} ({_default(gates[gate])})" if gate else "")
    return ", ".join(part for part in parts if part)


def _default(gate: schema.Gate) -> str:
    return f"on since {gate.on}{f', off since {gate.off}' if gate.off else ''}" if gate.on else "off"


def where(texts: Iterable[str], declared: Declared, selection: Selection) -> dict[str, str]:
    """Return the definitions of the names that some expressions use, and of those that these use."""
    heads = {head.partition("(")[0]: head for head in declared}
    found: dict[str, str] = {}
    todo = list(texts)
    while todo:
        for name in sorted(_names(todo.pop(0)) & set(heads)):
            head = heads.pop(name)
            found[head] = _chosen(declared[head], selection)
            todo.append(found[head])
    return found


def _names(text: str) -> set[str]:
    try:
        return names(parse(text))
    except ExpressionError:
        return set()  # several fields, or a plain word


def _chosen(body: str | list[schema.Let], selection: Selection) -> str:
    if isinstance(body, str):
        return body
    return next((one.value for one in body if selection.applies(one, "kubelet")), "")
