"""Every small change of the law: which files, which values, and what each becomes.

A mutant is one edit of one file by position; all other bytes stay as they are. `expression_mutants` tells what can go
wrong with an expression, the rest of this module which values of the law's files are expressions, bounds or names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from expression_mutants import Domains, Word, literals, mutated
from mutant_fields import NAMED, Field, fields, named

MINORS = range(28, 37)
PLAIN = {"promise": ("behaviour", "quirk"), "seen": ("adjacent", "gap"), "by": ("apiserver", "kubelet")}  # what changes a verdict
BOUNDS = ("since", "until", "known", "on", "off", "locked")
GATES = ("gate", "without", "needs")


class Mutant(msgspec.Struct, frozen=True):
    """One change: where it stands, what kind of thing it changes, and the edit itself.

    ``rules`` are the rule ids that the entries around it bear, those of the nearest first.
    """

    file: str
    line: int
    place: str
    kind: str
    change: str
    start: int
    end: int
    text: str
    rules: tuple[tuple[str, ...], ...] = ()

    def applied(self, original: str) -> str:
        """Return the file's text with this one change."""
        return original[: self.start] + self.text + original[self.end :]


def mutants(spec: Path) -> list[Mutant]:
    """Return every mutant of a spec directory, in order of files and lines."""
    domains = Domains.read(spec / "types.yaml")
    files = [path for path in sorted(spec.rglob("*.yaml")) if path.name != "types.yaml" and path.parent.name not in ("scopes", "examples")]
    found: dict[tuple[str, int, int, str], Mutant] = {}
    for path in files:
        text = path.read_text(encoding="utf-8")
        root = Field(str(path.relative_to(spec)), yaml.load(text, yaml.BaseLoader), (), "", yaml.compose(text, yaml.SafeLoader))  # noqa: S506 - plain texts only
        for field in fields(root):
            for one in _of_field(field, text, domains):
                found.setdefault((one.file, one.start, one.end, one.text), one)
    return list(found.values())


# ---- what can be changed about one value


def _of_field(field: Field, text: str, domains: Domains) -> Iterator[Mutant]:
    yield from _dropped(field, text)
    if isinstance(field.node, yaml.ScalarNode) and (kind := _kind(field)):
        for change, new in (*_values(field, kind, domains), *_swapped(field, kind)):
            start, end = field.node.start_mark.index, field.node.end_mark.index
            yield Mutant(field.file, field.line, field.place, kind, change, start, end, new, field.rules())


def _values(field: Field, kind: str, domains: Domains) -> Iterator[tuple[str, str]]:
    """Yield the new texts of one scalar, each with words for the change."""
    old, key = field.node.value, field.keys[-1]
    if kind == "bound":
        yield from _shifted(old) if key in BOUNDS else ((f"{key} {old} → {new}", new) for new in domains.gates if new != old)
    elif kind == "constant":
        yield from ((f"{old} → {int(old) + step}", str(int(old) + step)) for step in (-1, 1))
    elif kind == "promise":
        yield from ((f"{key} {old} → {new}", new) for new in PLAIN[str(key)] if new != old)
    elif kind == "hidden":
        yield f"hidden {old} → {_flip(old)}", _flip(old)
    elif kind in ("target", "initial"):
        yield from ((f"{old} → {new}", json.dumps(new)) for new in _states(field) if new != old)
    elif (options := literals(old, _type(field), domains)) is not None:
        bare = field.node.style is None
        yield from ((f"{old} → {new}", new.text if isinstance(new, Word) and bare else json.dumps(str(new))) for new in options)
    else:
        yield from ((f"{before} → {after}", json.dumps(new)) for before, after, new in mutated(old, _is_condition(field), domains))
        if _is_condition(field) and field.pattern != "derivations.*.rows.*.when":  # a row without guard is refused at load, always
            yield "it → true", json.dumps("true")


def _swapped(field: Field, kind: str) -> Iterator[tuple[str, str]]:
    """Yield for the output of a row that of another row of its table."""
    if kind == "output" and field.keys[0] == "derivations":
        thens = [row["then"] for row in field.entry["rows"]]
        others = [str(then[field.keys[-1]] if isinstance(then, dict) else then) for then in thens]
        yield from [(f"{field.node.value} → {new}", json.dumps(new)) for new in others if new not in (field.node.value, "true", "false")][:1]


def _flip(old: str) -> str:
    return "false" if old == "true" else "true"


def _shifted(old: str) -> Iterator[tuple[str, str]]:
    minor = int(old.partition(".")[2])
    for other in (minor - 1, minor + 1):
        if other in MINORS or other == MINORS.stop:
            yield f"1.{minor} → 1.{other}", json.dumps(f"1.{other}")


def _states(field: Field) -> list[str]:
    return list(field.entry["states" if field.keys[0] == "machines" else "nodes"])


def _type(field: Field) -> str:
    """Return the name that tells a value's type: the field that it is assigned to, or the type that its table returns."""
    last = str(field.keys[-1]).rpartition(".")[2]
    return str(field.entry["returns"]).strip("?") if field.keys[0] == "derivations" and last == "then" else last


CONDITIONS = (
    "*.rows.*.when", "*.guards.*.when", "*.moves.*.when", "*.edges.*.when", "rules.*.if", "rules.*.then", "*.stays",
    "refusals.*.if", "refusals.*.then", "defaults.*.if", "drops.*.if", "properties.*.if", "properties.*.then",
)  # fmt: skip


def _is_condition(field: Field) -> bool:
    return field.pattern == "if" or _fits(field.keys, "writers.*.#.when") or any(field.pattern.endswith(end.removeprefix("*")) for end in CONDITIONS)


KINDS: Mapping[str, str] = {
    "when": "guard", "if": "premise", "let": "let", "then": "output", "do": "assignment", "each": "assignment", "set": "assignment", "to": "target",
    "initial": "initial", "hidden": "hidden", "stays": "guard",
}  # fmt: skip


def _kind(field: Field) -> str:
    """Return what kind of thing a scalar is, or nothing where it is only words."""
    keys, last = field.keys, field.keys[-1]
    if last in ("since", "until", "gate", "without") or (field.file == "versions.yaml" and last in BOUNDS + GATES):
        return _inner(keys) or "bound"
    if field.file == "constants.yaml":
        return "constant" if last == "value" else ""
    if last == "by":
        return "promise" if field.node.value in PLAIN["by"] and (keys[0] == "rules" or (keys[0] == "derivations" and _versioned(field.entry))) else ""
    if "let" in keys:
        return "let"
    if last in ("promise", "seen"):
        judged = keys[0] == "rules" and (last == "promise" or field.entry.get("kind") == "step")  # one snapshot alone has no gap before it
        return "promise" if judged else "" if keys[0] == "rules" else _inner(keys)
    if keys[0] in ("rules", "properties") and last == "then":
        return "condition"
    if last == "each":
        return "output" if keys[0] == "rules" else ""
    if last in ("status", "meta"):
        return "assignment" if len(keys) == 3 and keys[0] == "compositions" else _inner(keys)
    if last == "to" and keys[0] == "defaults":
        return "assignment"
    if last in ("then", "unique", "given") and keys[0] == "refusals":
        return "condition"
    if last == "initial":
        return "initial" if keys[0] in ("machines", "graphs") else ""
    return KINDS.get(str(last), "") or _inner(keys)


def _versioned(entry: Any) -> bool:
    """Return whether some part of an entry applies to some versions only; else it does not matter whose version counts."""
    if isinstance(entry, dict):
        return any(key in ("since", "until", "gate", "without") or _versioned(value) for key, value in entry.items())
    return isinstance(entry, list) and any(map(_versioned, entry))


def _inner(keys: tuple[str | int, ...]) -> str:
    return KINDS.get(str(keys[-2]), "") if len(keys) > 1 and keys[-2] in ("then", "do", "each", "set") else ""


# ---- leaving things out

DROPPED = {
    "refusals.#": "refusal", "refusals.#.one_of.#": "condition", "defaults.#": "default", "drops.#": "drop", "loops.*.c.#": "output",
    "endpoints.*.takes.#": "output", "endpoints.*.keeps.#": "output", "properties.#": "property", "writers.*.#": "guard",
    "derivations.#.rows.#": "row", "rules.#": "rule", "graphs.#.edges.#": "edge", "machines.#.moves.#": "move", "machines.#.moves.#.from.#": "move",
    "events.#": "event", "events.#.guards.#": "guard", "kubelet_owns.#": "assignment", "constants.*.#": "constant", "compositions.#.steps.#": "assignment",
    "events.#.do.*": "assignment", "events.#.each.*": "assignment", "events.#.pods": "assignment", "compositions.#.steps.#.set.*": "assignment",
    "rules.#.refused": "refusal", "refusals.#.at": "bound",
}  # fmt: skip


def _dropped(field: Field, text: str) -> Iterator[Mutant]:
    """Yield the mutants that leave out one entry of a list, or one value with its name."""
    if isinstance(field.node, yaml.SequenceNode):
        parts = [(index, value, named(field.place, index, value), _words(value)) for index, value in enumerate(field.node.value)]
    elif isinstance(field.node, yaml.MappingNode):
        parts = [(key.value, key, f"{field.place}/{key.value}", key.value) for key, _ in field.node.value]
    else:
        return
    for index, (key, value, place, words) in enumerate(parts):
        keys = (*field.keys, key)
        kind = next((kind for pattern, kind in DROPPED.items() if _fits(keys, pattern)), "")
        if kind and not (kind == "row" and value is field.node.value[-1]):  # a table without its last row is refused at load, always
            start, end, new = _without(field.node, index, text)
            yield Mutant(field.file, value.start_mark.line + 1, place, kind, f"drop {words}", start, end, new, field.rules(key))


def _fits(keys: tuple[str | int, ...], pattern: str) -> bool:
    """Return whether keys are those of a pattern; `#` stands for any position, `*` for any name."""
    parts = pattern.split(".")
    return len(keys) == len(parts) and all(part in (key, "#" if isinstance(key, int) else "*") for key, part in zip(keys, parts, strict=True))


def _words(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return next((f"{key.value} {value.value}" for key, value in node.value if key.value in (*NAMED, "when") and isinstance(value, yaml.ScalarNode)), "this")


def _without(node: yaml.CollectionNode, index: int, text: str) -> tuple[int, int, str]:
    """Return the edit that leaves out one entry: whole lines in block style, entry and comma in flow style."""
    pairs = [item if isinstance(item, tuple) else (item, item) for item in node.value]
    spans = [(first.start_mark.index, last.end_mark.index) for first, last in pairs]
    start, end = spans[index]
    nothing = "[]" if isinstance(node, yaml.SequenceNode) else "{}"
    if node.flow_style:
        if len(spans) == 1:
            return node.start_mark.index, node.end_mark.index, nothing
        return (start, spans[index + 1][0], "") if index + 1 < len(spans) else (spans[index - 1][1], end, "")
    if len(spans) == 1:
        return node.start_mark.index, _line_end(text, node.end_mark.index), nothing + "\n"
    return _line_start(text, start), _line_start(text, spans[index + 1][0]) if index + 1 < len(spans) else _line_end(text, end), ""


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _line_end(text: str, end: int) -> int:
    """Return the end of the last line of an entry; YAML lets a block end where the next token stands."""
    begin = _line_start(text, end)
    return begin if not text[begin:end].strip() else text.find("\n", end) + 1 or len(text)
