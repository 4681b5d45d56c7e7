"""Draw a simulated life as SVG: a band for each container and its pod's phase, time from left to right."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from podlaw.cluster import Cluster
from podlaw.simulate.timeline import Line, timeline
from podlaw.snapshot import Snapshot

WIDE, ROW, LEFT, GAP = 1100, 22, 220, 6
COLOURS: Final = {
    "Pending": "#c9d7e8", "Running": "#7fb685", "Succeeded": "#4a7c59", "Failed": "#c8553d", "Unknown": "#999999",
    "waiting": "#e9c46a", "running": "#7fb685", "terminated": "#8d99ae", "absent": "#f1f1f1", "unset": "#f1f1f1",
}  # fmt: skip
Band = list[tuple[float, str, str]]  # from when, what it is, what the tooltip says


def svg(cluster: Cluster) -> str:
    """Return the picture; every text in it is escaped."""
    lines = [line for line in timeline(cluster) if line.ready or line.changed == "removed"]
    end = max((line.time for line in lines), default=0.0) + 1
    bands = _bands(lines)
    height = (len(bands) + 2) * (ROW + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" font-family="sans-serif" font-size="12">']
    parts.append(f'<rect width="{WIDE}" height="{height}" fill="white"/>')
    for place, (name, band) in enumerate(bands.items()):
        parts += _drawn(name, band, end, GAP + place * (ROW + GAP))
    parts += _scale(end, len(bands) * (ROW + GAP) + ROW)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bands(lines: list[Line]) -> dict[str, Band]:
    bands: dict[str, Band] = {}
    for line in lines:
        if line.changed == "removed":
            for name, band in bands.items():
                if name.partition("/")[0] == line.on:
                    band.append((line.time, "", "removed"))
        elif line.pod is not None:
            for name, state, says in _states(line.on, line.pod):
                band = bands.setdefault(name, [])
                if not band or band[-1][1:] != (state, says):
                    band.append((line.time, state, says))
    return dict(sorted(bands.items()))


def _states(name: str, pod: Snapshot) -> Iterator[tuple[str, str, str]]:
    yield name, pod.phase, f"{pod.phase} {pod.reason}".strip()
    for c in pod.all:
        yield f"{name}/{c.name}", c.state, f"{c.state} {c.reason}".strip()


def _drawn(name: str, band: Band, end: float, top: int) -> Iterator[str]:
    yield f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>'
    for (begin, state, says), (until, _, _) in zip(band, [*band[1:], (end, "", "")], strict=True):
        if state:
            x, width = _x(begin, end), max(_x(until, end) - _x(begin, end), 1)
            shape = f'x="{x:.1f}" y="{top}" width="{width:.1f}" height="{ROW}" fill="{COLOURS[state]}"'
            yield f"<rect {shape}><title>{escape(says)} from {begin:.0f} s</title></rect>"
            if width > 7 * len(says):
                yield f'<text x="{x + 4:.1f}" y="{top + 15}">{escape(says)}</text>'


def _scale(end: float, top: int) -> Iterator[str]:
    for i in range(6):
        t = end * i / 5
        yield f'<text x="{_x(t, end):.1f}" y="{top + 15}" text-anchor="middle" fill="#555">{t:.0f} s</text>'


def _x(time: float, end: float) -> float:
    return LEFT + (WIDE - LEFT - 30) * time / end
