"""The delays before successive restarts of one container, as the law's back-off gives them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from podlaw.model import Model
from podlaw.pod import Life, Process, Run, begin
from podlaw.snapshot import Container, Snapshot


def delays(model: Model, restarts: int, run: float) -> Iterator[float]:
    """Yield the seconds from each exit to the earliest permitted restart, for a container that runs ``run`` seconds each time.

    Ideal polling is assumed: a real kubelet is never earlier and up to half a minute later (BACKOFF-08).
    """
    entry, now = Process(Container("app"), 0), 0.0
    for _ in range(restarts):
        ended = now + run
        entry = replace(entry, seen=Run("exited", end=ended))
        now, entry = next((t, e) for t, e in _moments(model, entry, ended) if not model.law.functions["in_back_off"](e, t))
        yield now - ended
        entry = replace(entry, level=model.law.functions["next_level"](entry), backoff="armed", allowed=now)


def _moments(model: Model, entry: Process, ended: float) -> Iterator[tuple[float, Process]]:
    """Yield the instants at which a start may come to be permitted, with the entry as housekeeping leaves it (BACKOFF-06)."""
    expire = model.law.constants["backoff_expire"]
    times = {ended, ended + entry.level, *([entry.allowed + expire + 1] if entry.allowed is not None else [])}  # polled each second
    for time in sorted(t for t in times if t >= ended):
        pod = _alone(entry, time)
        after = model.apply(pod, "collect_back_off", {"container": entry.spec.name})
        yield time, entry if after is None else after.processes[0]


def _alone(entry: Process, now: float) -> Life:
    return replace(begin(Snapshot("default", "pod", "uid", (entry.spec,)), now), processes=(entry,))
