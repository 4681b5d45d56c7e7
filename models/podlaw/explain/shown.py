"""An explanation as text that fits a screen and can be read aloud, and as JSON with everything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

import msgspec

from podlaw.explain.histories import History, spoken
from podlaw.explain.meanings import Explanation, Group, Meaning
from podlaw.explain.telling import Told

WIDTH: Final = 120
MOST: Final = 6  # entries of a group that are told to people; JSON has all


def as_json(one: Explanation) -> str:
    """Return everything as one JSON object."""
    return msgspec.json.format(msgspec.json.encode(one), indent=2).decode()


def as_text(one: Explanation) -> str:
    """Return an explanation as lines."""
    law = f"API server {one.law['apiserver']}, kubelet {one.law['kubelet']}"
    histories: list[History | None] = [meaning.history for meaning in one.meanings]
    said = (_meaning(one.word, meaning, law, meaning.history not in histories[:place]) for place, meaning in enumerate(one.meanings))
    return "\n".join(line for lines in said for line in lines)


def _meaning(word: str, meaning: Meaning, law: str, new: bool) -> Iterator[str]:
    """Yield the lines of one meaning, with its history where that is ``new``."""
    yield from _wrapped(f"{word}, {article(meaning.kind)}: {meaning.says} ({law})", 0)
    told: set[str] = set()
    for group in meaning.groups:
        yield from _group(group, told)
    if new and meaning.history is not None:
        yield from _history(meaning.history)


def article(kind: str) -> str:
    """Return a word with its article."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _group(group: Group, told: set[str]) -> Iterator[str]:
    yield f"{group.title}:"
    for entry in group.entries[:MOST]:
        if group.whole:
            yield from _wrapped(_head(entry), 2)
            yield from _body(entry, told)
        else:
            yield "  " + textwrap.shorten(_head(entry), WIDTH - 2, placeholder=" ...")
    if len(group.entries) > MOST:
        yield f"  and {len(group.entries) - MOST} more; --format json has all"


def _head(entry: Told) -> str:
    by = "" if entry.kind in ("guard", "row", "constant", "gate", "table", "machine", "graph", "move", "composition") else f" ({entry.by})"
    rules = f" [{', '.join(entry.rules)}]" if entry.rules and entry.rules != [entry.name] else ""
    table, _, row = entry.name.partition(" ")
    names = {"guard": f"guard of {entry.name}", "row": f"row {row} of table {table}", "edge": f"move of {entry.name}"}
    name = names.get(entry.kind, f"{entry.kind} {entry.name}")
    return f"{name}{by}: {entry.says}{rules}{'' if entry.here else ' (not in this law)'}"


def _body(entry: Told, told: set[str]) -> Iterator[str]:
    """Yield the expressions, the names in them that were not told before, who keeps the entry, its versions and its source."""
    parts = [f"{word} {text}" for word, text in entry.formula.items()]
    parts = [f"for each c of {entry.formula['each']}", *parts[1:]] if "each" in entry.formula else parts
    if parts:
        yield from _wrapped(", ".join(parts), 4)
    for target, value in entry.sets.items():
        if target.endswith(".since"):  # COND-15: the same of every condition
            continue
        yield from _wrapped(f"{target} becomes {value}", 4)
    for name, meant in entry.where.items():
        if name not in told:
            told.add(name)
            yield from _wrapped(f"where {name} is {meant}", 4)
    source = "" if entry.source in (*told, "") else f"source {entry.source}"
    kept = [f"kept by the {entry.by}: {entry.worth}" if entry.worth else "", entry.versions, source]
    told.add(entry.source)
    if any(kept):
        yield from _wrapped("; ".join(part for part in kept if part), 4)


def _history(one: History) -> Iterator[str]:
    yield f"shortest history in which {one.shows}:"
    yield from _wrapped(spoken(one.events), 2)
    yield from _wrapped(f"so it shows {one.after}", 2)
    yield f"  (podlaw explore {one.scope} --path {one.path})"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 4), break_long_words=False, break_on_hyphens=False)
