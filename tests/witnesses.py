"""Explore the scopes for the shortest example of every move of the observed graphs, and of every word that `podlaw explain` can show, and write them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
import yaml
from rich.console import Console
from rich.progress import track

from podlaw.examples import FOUND, Example
from podlaw.explain.histories import SHOWN, Shows
from podlaw.explore.prepare import Ready
from podlaw.explore.search import Found
from podlaw.explore.shows import shows
from podlaw.explore.witness import explorable, explorer, witnesses
from podlaw.law import SPEC, Law

HEAD = "# A shortest example of every move of ../graphs that a scope can show. Written by nox -s diagrams, never typed; missing.yaml has the others.\n"
WORDS = "# The shortest path on which a rule's `if` holds, a row decides, an event happens or a reason is published. Written by nox -s diagrams, never typed.\n"


def text(law: Law, examples: Sequence[Example | Shows], head: str = HEAD, key: str = "examples") -> str:
    """Return the file of some examples, one a line."""
    lines = [yaml.safe_dump(msgspec.to_builtins(one), default_flow_style=True, sort_keys=False, width=1 << 16, allow_unicode=True) for one in examples]
    return f'{head}version: "{law.selection.kubelet}"\n{key}:\n' + "".join(f"  - {line}" for line in lines)


def main() -> None:
    """Explore with a progress bar on a terminal."""
    law = Law()
    search, names = explorer(law), explorable(law)
    bar = track(names, "exploring", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    spaces: dict[str, tuple[Ready, Found]] = {name: search(name) for name in bar}
    (SPEC / FOUND).write_text(text(law, witnesses(law, spaces.__getitem__)), encoding="utf-8")
    (SPEC / SHOWN).write_text(text(law, shows(law, spaces.__getitem__), WORDS, "histories"), encoding="utf-8")


if __name__ == "__main__":
    main()
