"""A picture as DOT, and as an SVG that reads well on light and on dark pages."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from podlaw.errors import InputError
from podlaw.picture import Arrow, Cause, Picture, State

FONT: Final = "Verdana"  # has the widths of DejaVu Sans, so that text stays centred in browsers of every system
FAMILY: Final = "Verdana,DejaVu Sans,Geneva,sans-serif"
# Each colour on a light page, and the one that takes its place on a dark page; no two of the light ones are equal.
INK, MUTED, PAPER, BOX, FINAL, LINE = "#1f2430", "#5b6472", "#ffffff", "#f2f6fc", "#dfe8f5", "#8a97a8"
WRITERS: Final = {
    "kubelet": "#1d5fbf", "apiserver": "#7a3fb0", "scheduler": "#0b7a6b", "controller": "#a8520a",
    "client": "#b0215f", "runtime": "#2f7a1f", "clock": "#5c6770", "node": "#7a6a10",
}  # fmt: skip
TITLES: Final = {"apiserver": "API server", "runtime": "container runtime", "clock": "time"}
WAITING, ACTIVE, FAILED = "#fdf4de", "#e6f5e9", "#fbe9e8"
NOTHING: Final = frozenset({"absent", "none"})
TONES: Final = {
    WAITING: frozenset({"Pending", "waiting", "created", "False", "terminating", "deleting", "armed"}),
    ACTIVE: frozenset({"Running", "running", "True", "ready", "sync", "live"}),
    FAILED: frozenset({"Failed", "unknown"}),
    FINAL: frozenset({"Succeeded", "terminated", "exited", "stopped", "dead", "gone", "finished"}),
}
DARK: Final = {
    INK: "#e8ecf2", MUTED: "#a3adba", PAPER: "#0f141b", BOX: "#1b2330", FINAL: "#2a3850", LINE: "#66758a",
    WAITING: "#3a3018", ACTIVE: "#17352a", FAILED: "#42222a",
    "#1d5fbf": "#79b0ff", "#7a3fb0": "#c79bf2", "#0b7a6b": "#4fd1bd", "#a8520a": "#f0a35e",
    "#b0215f": "#ff8ab8", "#2f7a1f": "#86d46f", "#5c6770": "#a9b4bf", "#7a6a10": "#d9c95a",
}  # fmt: skip
BLANK: Final = "\u00a0"
TABLE: Final = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
GAP: Final = '<TR><TD HEIGHT="4"></TD></TR>'
SIDE: Final = '<TD WIDTH="6"></TD>'
CROWDED, WIDE = 11, 5  # from so many arrows or states on, labels get in each other's way along a line
SHORT: Final = 26  # letters of a guard that a label has room for; longer ones stand in the tooltip only
STYLE: Final = "@media (prefers-color-scheme: dark) {" + " ".join(f'[fill="{a}"] {{fill: {b}}} [stroke="{a}"] {{stroke: {b}}}' for a, b in DARK.items()) + "}"


def dot(picture: Picture, *, alone: bool = True) -> str:
    """Return the DOT source of a picture, without legend and from top to bottom where it is not alone on its page.

    Raises InputError where the drawing packages are not installed.
    """
    way = direction(picture) if alone else "TB"
    graph = _library("graphviz").Digraph(
        graph_attr={
            "label": _header(picture, alone), "labelloc": "t", "labeljust": "l", "rankdir": way, "bgcolor": PAPER, "pad": "0.25",
            "fontname": FONT, "nodesep": "0.5" if way == "LR" or not alone else "0.9", "ranksep": "0.6", "tooltip": " ",
        },
        node_attr={
            "shape": "box", "style": "rounded,filled", "fillcolor": BOX, "color": LINE, "penwidth": "1.2", "fontname": FONT, "fontsize": "14",
            "fontcolor": INK, "margin": "0.16,0.09",
        },
        edge_attr={"fontname": FONT, "fontsize": "11", "arrowsize": "0.75", "penwidth": "1.4"},
    )  # fmt: skip
    numbers = {state.name: f"s{i}" for i, state in enumerate(picture.states)}
    _states(graph, picture, numbers)
    _arrows(graph, picture, numbers)
    return str(graph.source)


def _states(graph: Any, picture: Picture, numbers: Mapping[str, str]) -> None:
    for state in picture.states:
        graph.node(numbers[state.name], label=_box(state.name, state.says), tooltip=_text(f"{state.name}: {state.says}"), **_tone(state))
        if state.initial:
            graph.node("start", label="", shape="circle", style="filled", width="0.16", fixedsize="true", fillcolor=INK, color=INK, tooltip="initial")
            graph.edge("start", numbers[state.name], color=INK, tooltip="initial", penwidth="1.2")


def _arrows(graph: Any, picture: Picture, numbers: Mapping[str, str]) -> None:
    order = list(numbers)
    single, back = picture.folded()
    for arrow in single:
        ends = numbers[arrow.source], numbers[arrow.target]
        distance = order.index(arrow.target) - order.index(arrow.source)
        weight = "12" if abs(distance) == 1 else "1"  # neighbours in the law stand side by side
        if distance >= 0:
            below = {"headport": "s", "tailport": "s"} if distance == 0 and arrow.source == order[-1] else {}  # where no arrow crosses its label
            graph.edge(*ends, weight=weight, **below, **_edge(arrow))
        else:  # drawn from its end, so that the states keep their order of declaration
            graph.edge(*reversed(ends), weight=weight, dir="back", **_edge(arrow))
    for arrow in back:
        label = f'<<FONT POINT-SIZE="10" COLOR="{MUTED}">any other state</FONT>>'
        graph.node("any", label=label, style="rounded,dashed", tooltip="every other state")
        graph.edge("any", numbers[arrow.target], **_edge(arrow))


def _tone(state: State) -> dict[str, str]:
    """Return how a state's box looks by what it means: nothing yet, under way, active, at an end, failed."""
    if state.name in NOTHING:
        return {"style": "rounded,filled,dashed", "fillcolor": PAPER}
    tone = next((fill for fill, members in TONES.items() if state.name in members), FINAL if state.final else BOX)
    return {"fillcolor": tone} | ({"peripheries": "2"} if state.final else {})


def direction(picture: Picture) -> str:
    """Return LR for a picture of few arrows, or of two sides that only face each other, and TB, which leaves labels more room, for others."""
    if not any(state.initial for state in picture.states):
        return "LR"
    return "TB" if len(picture.arrows) > CROWDED or len(picture.states) > WIDE else "LR"


def svg(source: str) -> str:
    """Return DOT as a sealed SVG, drawn in process; raise InputError where the drawing packages are not installed."""
    return finished(body(source), source)


def body(source: str) -> str:
    """Return DOT as an SVG that lacks the colours of dark pages and the seal."""
    drawn = _library("pygraphviz").AGraph(string=source).draw(format="svg", prog="dot").decode()
    text = drawn[drawn.index("<svg") :]
    text = re.sub(r"<title>(%\d*|s\d+|start|any|(s\d+|start|any)&#45;&gt;s\d+)</title>\n", "", text)
    text = re.sub(r'<a (?:xlink:href=" " )?xlink:title="(.*?)">', r"<g><title>\1</title>", text).replace("</a>", "</g>")  # browsers show only elements
    text = re.sub(r'font-family="[^"]*"', f'font-family="{FAMILY}"', text)
    text = re.sub(r"<!-- .*? -->\n", "", text, flags=re.DOTALL)
    text = re.sub(r' id="(graph|node|edge|a_graph|a_node|a_edge)\d+(_\d+|&#45;label)?"', "", text)
    return re.sub(r'<g class="(node|edge)">.*?\n</g>\n</g>\n</g>', _centred, text, flags=re.DOTALL)


def finished(text: str, source: str) -> str:
    """Return an SVG with the colours of dark pages, sealed as the drawing of a DOT source."""
    head, rest = text.split(">", 1)
    content = f"{head}>\n<style>{STYLE}</style>{rest}"
    inner, end, after = content.rpartition("</svg>")
    return f"{inner}<metadata>{seal(source, content)}</metadata>\n{end}{after}"


def _centred(found: re.Match[str]) -> str:
    """Return a box or label with its lines centred whatever the reader's font; Graphviz places their beginnings by its own."""
    text = found[0]
    if found[1] == "node":
        ends = [float(x) for x in re.findall(r"(?<=[MC ])([-\d.]+),", " ".join(re.findall(r' d="(.*?)"', text)))]
    else:  # a name stands between two blanks
        ends = [float(x) for x in re.findall(r'x="([-\d.]+)"[^>]*>[^<]+</text>', re.split(rf">{BLANK}</text>", text, maxsplit=1)[-1])[:2]]
    if not ends:
        return text
    text = re.sub(rf"<text [^>]*>{BLANK}</text>\n", "", text)
    return re.sub(r'text-anchor="start" x="[-\d.]+"', f'text-anchor="middle" x="{(min(ends) + max(ends)) / 2:.2f}"', text)


def seal(source: str, content: str) -> str:
    """Return what tells that a drawing shows this DOT source and was not edited, whatever fonts placed its letters."""
    return "podlaw " + " ".join(hashlib.sha256(text.encode()).hexdigest()[:32] for text in (source + STYLE + FAMILY, content.strip()))


def sealed(text: str, source: str) -> bool:
    """Return whether an SVG is the unedited drawing of a DOT source."""
    content = re.sub(r"<metadata>.*?</metadata>\n", "", text)
    return f"<metadata>{seal(source, content)}</metadata>" in text


def _library(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise InputError(f"drawing needs the package {name}; install podlaw[draw]") from None


def _text(text: str) -> str:
    """Return plain text as DOT takes it: its backslashes are no escapes."""
    return str(_library("graphviz").escape(text))


def _html(text: str) -> str:
    return escape(text).replace("\\", "&#92;")


def _wrapped(text: str, width: int, turn: str = "<BR/>") -> str:
    """Break text into as few lines as the width allows, of about equal length."""
    count = len(textwrap.wrap(text, width, break_long_words=False))
    even = next((w for w in range(max(1, len(text) // max(1, count)), width) if len(textwrap.wrap(text, w, break_long_words=False)) == count), width)
    return turn.join(_html(line) for line in textwrap.wrap(text, even, break_long_words=False))


def _small(text: str, width: int, size: int = 10, turn: str = "<BR/>") -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{MUTED}">{_wrapped(text, width, turn)}</FONT>'


def _box(name: str, says: str) -> str:
    return f"<{TABLE}<TR><TD><B>{_html(name)}</B></TD></TR><TR><TD>{_small(says, 24)}</TD></TR></TABLE>>"


def _edge(arrow: Arrow) -> dict[str, str]:
    writers = dict.fromkeys(cause.by for cause in arrow.causes)
    style = {"style": "dashed"} if all(cause.hidden for cause in arrow.causes) else {}
    tip = _text(_tip(arrow.causes))
    return {"color": ":".join(WRITERS[by] for by in writers), "label": _label(arrow), "tooltip": tip, "labeltooltip": tip, **style}


def _tip(causes: Iterable[Cause]) -> str:
    return "\n\n".join(dict.fromkeys(cause.tip for cause in causes))


def _label(arrow: Arrow) -> str:
    """Return one line for each name of a move, in its writer's colour, with its guards or notes below, and each with its own tooltip."""
    groups: dict[tuple[str, str], list[Cause]] = {}
    for cause in arrow.causes:
        groups.setdefault((cause.words, cause.by), []).append(cause)
    parts = ("".join(_cell(row, causes) for row in _rows(words, by, causes)) for (words, by), causes in groups.items())
    return f'<{TABLE}{GAP.join(parts)}<TR><TD HEIGHT="5"></TD></TR></TABLE>>'


def _cell(row: str, causes: Iterable[Cause]) -> str:
    tip = escape(_tip(causes)).replace("\\", "\\\\").replace("\n", "&#10;")
    return f'<TR>{SIDE}<TD HREF=" " TOOLTIP="{tip}">{row}</TD>{SIDE}</TR>'


def _rows(words: str, by: str, causes: list[Cause]) -> Iterator[str]:
    yield f'{BLANK}<FONT COLOR="{WRITERS[by]}">{_html(words)}</FONT>{BLANK}'
    for guard in dict.fromkeys(cause.guard for cause in causes if 0 < len(cause.guard) <= SHORT):
        yield _small(f"[{guard}]", 30, 9)
    for note in dict.fromkeys(cause.note for cause in causes if cause.note):
        yield _small(note, 28, 9)


def _header(picture: Picture, alone: bool) -> str:
    """Return title, sentence and, where the picture is alone, legend."""
    writers = dict.fromkeys(cause.by for arrow in picture.arrows for cause in arrow.causes)
    legend = "&#160;&#160;&#160;".join(f'<FONT COLOR="{WRITERS[by]}">&#9632; {_html(TITLES.get(by, by))}</FONT>' for by in writers)
    if any(cause.hidden for arrow in picture.arrows for cause in arrow.causes):
        legend += f'&#160;&#160;&#160;<FONT COLOR="{MUTED}">dashed: inside the kubelet</FONT>'
    rows = (
        f'<FONT POINT-SIZE="18" COLOR="{INK}"><B>{_html(picture.title)}</B></FONT>',
        _small(picture.says, 90 if alone else 48, 12 if alone else 11, '<BR ALIGN="LEFT"/>'),
        *([f'<FONT POINT-SIZE="11">{legend}</FONT>'] if alone else []),
    )
    cells = "".join(f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return f"<{TABLE}{cells}</TABLE>>"
