"""Several pictures on one page, with one legend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import accumulate
from typing import Final

import msgspec

from podlaw.dot import BLANK, FAMILY, INK, MUTED, PAPER, TITLES, WRITERS, body, dot, finished
from podlaw.law import Law
from podlaw.picture import Picture, picture

COLUMNS: Final = 4
EDGE, HEAD, SPACE = 24, 84, 28  # in points: around the page, for title and legend, between pictures
FLOW: Final = (  # in the order in which a pod's life meets them
    "PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "AllContainersRestarting", "DisruptionTarget",
    "PodResizePending", "PodResizeInProgress",
)  # fmt: skip


class Page(msgspec.Struct, frozen=True):
    """Pictures that belong together."""

    title: str
    says: str
    pictures: tuple[Picture, ...]


PAGES: Final = {"conditions": ("Conditions", "Each condition moves by itself; a rejected pod loses all that the kubelet writes.", FLOW)}


def page(law: Law, name: str) -> Page:
    """Return one page by its name."""
    title, says, parts = PAGES[name]
    return Page(title, says, tuple(picture(law, part) for part in parts))


def source(one: Page) -> str:
    """Return the DOT source of a page: a graph for each picture."""
    return "\n".join(dot(part, alone=False) for part in one.pictures)


def svg(one: Page) -> str:
    """Return a page as a sealed SVG; raise InputError where the drawing packages are not installed."""
    drawn = [body(dot(part, alone=False)) for part in one.pictures]
    sizes = [_size(text) for text in drawn]
    lefts, tops = _stops([w for w, _ in sizes], COLUMNS, False), _stops([h for _, h in sizes], COLUMNS, True)
    width, height = lefts[-1] - SPACE + 2 * EDGE, tops[-1] - SPACE + HEAD + EDGE
    parts = (_placed(text, EDGE + lefts[i % COLUMNS], HEAD + tops[i // COLUMNS]) for i, text in enumerate(drawn))
    head = f'<svg width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    back = f'<rect fill="{PAPER}" width="{width}" height="{height}"/>'
    return finished("\n".join([head, back, *_header(one), *parts, "</svg>\n"]), source(one))


def _size(text: str) -> tuple[int, int]:
    found = re.search(r'<svg width="(\d+)pt" height="(\d+)pt"', text)
    assert found is not None
    return int(found[1]), int(found[2])


def _stops(sizes: list[int], columns: int, rows: bool) -> list[int]:
    """Return where each column, or row, begins, and where the last one ends."""
    lines = [sizes[i : i + columns] for i in range(0, len(sizes), columns)] if rows else [sizes[i::columns] for i in range(min(columns, len(sizes)))]
    return list(accumulate((max(line) + SPACE for line in lines), initial=0))


def _placed(text: str, x: int, y: int) -> str:
    width, height = _size(text)
    return re.sub(r'<svg width="\d+pt" height="\d+pt"', f'<svg x="{x}" y="{y}" width="{width}" height="{height}"', text, count=1).strip()


def _header(one: Page) -> Iterator[str]:
    """Yield title, sentence and legend."""
    writers = dict.fromkeys(cause.by for part in one.pictures for arrow in part.arrows for cause in arrow.causes)
    legend = (BLANK * 3).join(f'<tspan fill="{WRITERS[by]}">■ {escape(TITLES.get(by, by))}</tspan>' for by in writers)
    title = f'<tspan font-weight="bold" fill="{INK}">{escape(one.title)}</tspan>'
    for size, y, text in ((22, 18, title), (12, 37, f'<tspan fill="{MUTED}">{escape(one.says)}</tspan>'), (11, 55, legend)):
        yield f'<text xml:space="preserve" x="{EDGE + 18}" y="{EDGE + y}" font-family="{FAMILY}" font-size="{size}">{text}</text>'
