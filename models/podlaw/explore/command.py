"""What `podlaw explore` prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from podlaw.explore import Report, explore, ready
from podlaw.explore.report import as_text
from podlaw.explore.trace import Walker, told, watch
from podlaw.ground.scope import scopes
from podlaw.law import Law


def listed(law: Law) -> str:
    """Return a line for every scope of the law."""
    return "\n".join(f"{name:<20} {one.spec.size:<7} {one.spec.says}" for name, one in scopes(law).items())


def walked(scope: str, path: str, law: Law, shape: str) -> str:
    """Return one history: for people, or as the watch events that `podlaw check` reads."""
    one = ready(scope, law)
    moments = Walker(one).walk(path)
    return told(moments, one) if shape == "text" else "\n".join(json.dumps(event) for event in watch(moments))


def explored(scope: str, law: Law, memory: int | None) -> Report:
    """Explore a scope, with progress on a terminal; ``memory`` is in MiB."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(f"exploring {scope}", total=None)

        def progress(depth: int, states: int, seconds: float) -> None:
            rate = states / seconds if seconds else 0
            bar.update(task, description=f"exploring {scope}: depth {depth}, {states:,} states, {rate:,.0f} states/s")

        return explore(scope, law, limit=None if memory is None else memory << 20, progress=progress)


def shown(result: Report, shape: str) -> str:
    """Return a report in one of its formats."""
    return as_text(result) if shape == "text" else msgspec.json.format(msgspec.json.encode(result), indent=2).decode()


def written(result: Report, directory: Path) -> None:
    """Write a watch file and a test for every violation."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, broken in enumerate(result.violations):
        name = f"{result.scope}-{number}-{broken.property.replace(' ', '-')}"
        lines = "".join(json.dumps(event) + "\n" for event in broken.watch)
        (directory / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        (directory / f"test_{name.replace('-', '_')}.py").write_text(broken.test, encoding="utf-8")
