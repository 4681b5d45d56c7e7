"""Every state of a scope: search, judgement, shortest counterexamples, exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from podlaw.explore.compile import jit
from podlaw.explore.judge import judge
from podlaw.explore.prepare import Ready, prepare
from podlaw.explore.report import Broken, Report, report
from podlaw.explore.search import Progress, search
from podlaw.explore.trace import Walker, watch
from podlaw.ground.scope import scope as placed
from podlaw.law import Law

__all__ = ["Broken", "Report", "explore", "ready", "walk"]


def ready(scope: str | Path, law: Law | None = None) -> Ready:
    """Return a scope of the law by its name, or that of a YAML file, ready to be explored; raise LawError."""
    law = law or Law()
    return prepare(law, placed(scope, law))


def explore(scope: str | Path, law: Law | None = None, *, limit: int | None = None, compiled: bool | None = None, progress: Progress | None = None) -> Report:
    """Explore every state of a scope and judge it: a name of spec/scopes, or a YAML file.

    ``limit`` is the memory in bytes at which to stop, by default a share of what is free; ``compiled=None`` lets numba
    compile large scopes, where it is installed; ``progress`` is called with depth, states and seconds.
    Raises LawError for a scope that names what the law does not have, or whose state is too wide.
    """
    one = ready(scope, law)
    fast = jit() and one.placed.spec.size == "large" if compiled is None else compiled
    found = search(one.form, one.places, compiled=fast, limit=limit, progress=progress)
    return report(one, found, judge(one, found))


def walk(scope: str | Path, path: str, law: Law | None = None) -> list[dict[str, Any]]:
    """Return the watch events that a path of a scope, such as `0/3/1`, publishes; raise InputError where it leaves what can happen."""
    return list(watch(Walker(ready(scope, law)).walk(path)))
