"""Draw machines and observed graphs from the law: SVG for people, Mermaid for pages, DOT for other tools."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from podlaw.dot import direction, dot, sealed, svg
from podlaw.errors import InputError
from podlaw.law import Law
from podlaw.picture import Arrow, Picture, names, picture

__all__ = ["Format", "draw", "names", "stale", "write_all"]
Format = Literal["svg", "dot", "mermaid"]
ENDINGS: Final[dict[str, Format]] = {"svg": "svg", "mmd": "mermaid"}


def draw(law: Law, name: str, format: Format = "svg") -> str:
    """Return one machine or observed graph in a format; raise InputError for an unknown name or format."""
    one = picture(law, name)
    if format == "mermaid":
        return mermaid(one)
    if format == "dot":
        return dot(one)
    if format == "svg":
        return svg(dot(one))
    raise InputError(f"'{format}' is not a format of drawings; choose svg, dot or mermaid")


def write_all(directory: Path, law: Law) -> list[str]:
    """Write one SVG and one Mermaid file for every machine and observed graph; return the names."""
    files = {f"{name}.{ending}": draw(law, name, format_) for name in names(law) for ending, format_ in ENDINGS.items()}
    for name, text in files.items():
        _replace(directory / name, text)
    return names(law)


def stale(directory: Path, law: Law) -> list[str]:
    """Return the names whose files are missing or show another law; fonts and versions of Graphviz make no difference."""
    return [name for name in names(law) if not _fresh(directory, picture(law, name), name)]


def _fresh(directory: Path, one: Picture, name: str) -> bool:
    try:
        drawn, text = ((directory / f"{name}.{ending}").read_text("utf-8") for ending in ("svg", "mmd"))
    except (OSError, UnicodeDecodeError):
        return False
    return text == mermaid(one) and sealed(drawn, dot(one))


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise InputError(f"{path}: it cannot be written ({error.strerror}); name a directory you may write to") from None


def mermaid(one: Picture) -> str:
    """Return a picture as a Mermaid state diagram."""
    numbers = {state.name: f"s{i}" for i, state in enumerate(one.states)}
    lines = ["stateDiagram-v2", f"    accTitle: {_plain(one.title)}", f"    accDescr: {_plain(one.says)}", f"    direction {direction(one)}"]
    for state in one.states:
        lines.append(f'    state "{_plain(state.name)}" as {numbers[state.name]}')
        lines += [f"    [*] --> {numbers[state.name]}"] * state.initial + [f"    {numbers[state.name]} --> [*]"] * state.final
    lines += [f"    {numbers[a.source]} --> {numbers[a.target]} : {_plain(_caption(a))}" for a in one.arrows]
    return "\n".join(lines) + "\n"


def _caption(arrow: Arrow) -> str:
    shown = (f"{c.words}{f' ({c.by})' if c.by != 'kubelet' else ''}{f' [{c.guard}]' if c.guard else ''}" for c in arrow.causes)
    return " / ".join(dict.fromkeys(shown))


def _plain(text: str) -> str:
    """Return text with the letters that Mermaid reads as syntax written as entities."""
    return re.sub(r'[#;:"<>{}`%\\\n]', lambda found: f"#{ord(found[0])};", text)
