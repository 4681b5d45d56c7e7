"""What `podlaw explore` prints and writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from podlaw import files
from podlaw.explore import Report, explore, ready
from podlaw.explore.export import as_dot, as_json, as_promela
from podlaw.explore.report import as_text
from podlaw.explore.search import search
from podlaw.explore.trace import Walker, told, watch
from podlaw.ground.scope import scopes
from podlaw.law import Law


def listed(law: Law) -> str:
    """Return a line for every scope of the law."""
    return "\n".join(f"{name:<20} {one.spec.size:<7} {one.spec.says}" for name, one in scopes(law).items())


def names(law: Law) -> list[str]:
    """Return the names of all scopes of the law."""
    return list(scopes(law))


def walked(scope: str, path: str, law: Law, shape: str) -> str:
    """Return one history: for people, or as the watch events that `podlaw check` reads."""
    one = ready(scope, law)
    moments = Walker(one).walk(path)
    return told(moments, one) if shape == "text" else "\n".join(json.dumps(event) for event in watch(moments))


@contextmanager
def progress(task: str) -> Iterator[Callable[[int, int, float], None]]:
    """Show on a terminal how far a search is, by what it calls: depth, states and seconds."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        shown = bar.add_task(task, total=None)

        def update(depth: int, states: int, seconds: float) -> None:
            rate = states / seconds if seconds else 0
            bar.update(shown, description=f"{task}: depth {depth}, {states:,} states, {rate:,.0f} states/s")

        yield update


def explored(scope: str, law: Law, memory: int | None, output: Path | None) -> Report:
    """Explore a scope, with progress on a terminal; ``memory`` is in MiB, ``output`` a directory for what is violated."""
    if output is not None:
        files.directory(output)
    with progress(f"exploring {scope}") as update:
        result = explore(scope, law, limit=None if memory is None else memory << 20, progress=update)
    if output is not None:
        written(result, output)
    return result


def shown(results: list[Report], shape: str) -> str:
    """Return reports in one of their formats; as JSON one report is an object, and several are a list."""
    if shape == "text":
        return "\n".join(map(as_text, results))
    return msgspec.json.format(msgspec.json.encode(results[0] if len(results) == 1 else results), indent=2).decode()


def status(verdicts: set[str]) -> int:
    """Return the exit status of some verdicts, the worst counting."""
    return 1 if "violated" in verdicts else 3 if "undetermined" in verdicts else 0


def exported(scope: str, law: Law, to: str) -> str:
    """Return a scope as JSON, Promela or DOT."""
    one = ready(scope, law)
    if to == "dot":
        return as_dot(one, search(one.form, one.places, compiled=False))
    return as_json(one) if to == "json" else as_promela(one)


def written(result: Report, directory: Path) -> None:
    """Write a watch file and a test for every violation."""
    for number, broken in enumerate(result.violations):
        name = f"{result.scope}-{number}-{broken.property.replace(' ', '-')}"
        lines = "".join(json.dumps(event) + "\n" for event in broken.watch)
        files.write(directory / f"{name}.jsonl", lines)
        files.write(directory / f"test_{name.replace('-', '_')}.py", broken.test)
