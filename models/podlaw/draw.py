"""Draw machines and observed graphs from the law: SVG for people, Mermaid for pages, DOT for other tools."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from podlaw import files
from podlaw import page as pages
from podlaw.dot import direction, dot, sealed, svg
from podlaw.errors import InputError
from podlaw.law import Law
from podlaw.overview import NAME, whole
from podlaw.page import PAGES, Page, page
from podlaw.picture import Arrow, Picture, picture
from podlaw.picture import names as single

__all__ = ["Format", "draw", "names", "stale", "write_all"]
Format = Literal["svg", "dot", "mermaid"]
ENDINGS: Final[dict[str, Format]] = {"svg": "svg", "mmd": "mermaid"}


def draw(law: Law, name: str, format: Format = "svg") -> str:
    """Return one machine, observed graph or page of them in a format; raise InputError for an unknown name or format."""
    one = page(law, name) if name in PAGES else whole(law) if name == NAME else picture(law, name)
    if format == "mermaid":
        return mermaid(one)
    if format == "dot":
        return _source(one)
    if format == "svg":
        return pages.svg(one) if isinstance(one, Page) else svg(dot(one))
    raise InputError(f"'{format}' is not a format of drawings; choose svg, dot or mermaid")


def names(law: Law) -> list[str]:
    """Return what can be drawn: every observed graph, every machine, pages of several, and the whole."""
    return [*single(law), *PAGES, NAME]


def _source(one: Picture | Page) -> str:
    return pages.source(one) if isinstance(one, Page) else dot(one)


def write_all(directory: Path, law: Law) -> list[str]:
    """Write one SVG and one Mermaid file for every machine and observed graph; return the names."""
    drawn = {f"{name}.{ending}": draw(law, name, format_) for name in names(law) for ending, format_ in ENDINGS.items()}
    for name, text in drawn.items():
        files.write(directory / name, text)
    return names(law)


def stale(directory: Path, law: Law) -> list[str]:
    """Return the names whose files are missing or show another law; fonts and versions of Graphviz make no difference."""
    return [name for name in names(law) if not _fresh(directory, law, name)]


def _fresh(directory: Path, law: Law, name: str) -> bool:
    try:
        drawn, text = ((directory / f"{name}.{ending}").read_text("utf-8") for ending in ("svg", "mmd"))
    except (OSError, UnicodeDecodeError):
        return False
    return text == draw(law, name, "mermaid") and sealed(drawn, draw(law, name, "dot"))


def mermaid(one: Picture | Page) -> str:
    """Return a picture, or a page with a composite state for each of its pictures, as a Mermaid state diagram."""
    head = ["stateDiagram-v2", f"    accTitle: {_plain(one.title)}", f"    accDescr: {_plain(one.says)}"]
    if isinstance(one, Page):
        parts = [_composite(part, f"g{i}") for i, part in enumerate(one.pictures)]
        return "\n".join([*head, *(f"    {line}" for lines in parts for line in lines)]) + "\n"
    return "\n".join([*head, *(f"    {line}" for line in _lines(one, "s"))]) + "\n"


def _composite(one: Picture, name: str) -> list[str]:
    return [f'state "{_plain(one.title)}" as {name} {{', *(f"    {line}" for line in _lines(one, f"{name}s")), "}"]


def _lines(one: Picture, prefix: str) -> list[str]:
    """Return the states and arrows of a picture; states are called by a prefix and a number."""
    numbers = {state.name: f"{prefix}{i}" for i, state in enumerate(one.states)}
    lines = [f"direction {direction(one)}"]
    for state in one.states:
        lines.append(f'state "{_plain(state.name)}" as {numbers[state.name]}')
        lines += [f"[*] --> {numbers[state.name]}"] * state.initial + [f"{numbers[state.name]} --> [*]"] * state.final
    return lines + [f"{numbers[a.source]} --> {numbers[a.target]} : {_plain(_caption(a))}" for a in one.arrows]


def _caption(arrow: Arrow) -> str:
    shown = (f"{c.words}{f' ({c.by})' if c.by != 'kubelet' else ''}{f' [{c.guard}]' if c.guard else ''}" for c in arrow.causes)
    return " / ".join(dict.fromkeys(shown))


def _plain(text: str) -> str:
    """Return text with the letters that Mermaid reads as syntax written as entities."""
    return re.sub(r'[#;:"<>{}`%\\\n]', lambda found: f"#{ord(found[0])};", text)
