"""Shortest histories that show a word: found by exploration (`nox -s diagrams`), kept as paths in spec/examples/shown.yaml, told by walking them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from podlaw import examples
from podlaw.explain.entries import Entry
from podlaw.law import Law
from podlaw.source import load

SHOWN: Final = "examples/shown.yaml"
Of = Literal["rule", "row", "event", "reason"]
TITLES: Final[dict[Of, str]] = {"rule": "the condition of {} holds", "row": "the row {} decides", "event": "{} happens", "reason": "{} is published"}


class Shows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A path whose last event shows a word: a rule's `if` holds, a row decides, an event happens, or a reason is published."""

    of: Of
    word: str
    scope: str
    path: str


class All(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The paths of one version."""

    version: str
    histories: list[Shows]


class History(Struct, frozen=True):
    """A history in words: who does what, and what is published at its end; ``shows`` says what it is an example of."""

    shows: str
    scope: str
    path: str
    events: list[str]
    after: str


@cache
def kept(directory: Path) -> All:
    """Read the paths beside a law; raise LawError naming file and line."""
    return load(directory / SHOWN).read(All)


def history(law: Law, word: str, some: Iterable[Entry] = ()) -> History | None:
    """Return the shortest history that shows a word, or else the first of some entries; none for versions that were not explored."""
    directory, given = law.whole.directory, list(some)
    if law.selection != Law(kept(directory).version, spec=directory).selection:
        return None
    by_word = {(one.of, one.word): one for one in kept(directory).histories}
    sought = [("rule", word), ("reason", word), ("event", word)]
    sought += [("row" if e.kind == "row" else "event", e.name) for e in given if e.kind in ("row", "event", "guard")]
    shown = next((by_word[key] for key in sought if key in by_word), None)
    if shown is not None:
        return _walked(law, TITLES[shown.of].format(shown.word), shown.scope, shown.path)
    names = {e.name for e in given if e.kind == "edge"}
    moves = (one for one in examples.found(directory).examples if f"{one.graph}: {one.move} ({one.source} to {one.target})" in names)
    one = next(moves, None)
    return None if one is None else History(f"{one.graph} moves from {one.source} to {one.target}: {one.move}", one.scope, one.path, one.events, one.after)


def _walked(law: Law, shows: str, scope: str, path: str) -> History:
    from podlaw.explore import ready  # noqa: PLC0415 - most answers need no scope
    from podlaw.explore.trace import Walker, published  # noqa: PLC0415
    from podlaw.explore.witness import words  # noqa: PLC0415

    moments = Walker(ready(scope, law)).walk(path)
    return History(shows, scope, path, [words(one.step, law) for one in moments if one.step is not None], published(moments[-1].pods, law))


def spoken(events: Iterable[str]) -> str:
    """Return events grouped by who does them: `kubelet: sync, create app; runtime: exit app (code 1)`."""
    pairs = [event.partition(": ")[::2] for event in events]
    return "; ".join(f"{by}: {', then '.join(_parameters(what) for _, what in some)}" for by, some in groupby(pairs, key=lambda pair: pair[0]))


def _parameters(what: str) -> str:
    event, _, rest = what.partition(", ")
    return f"{event} ({rest})" if rest else event
