"""What the recorded answers of probes and hooks mean: which results they reach, and so which events of the law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from podlaw import wire
from podlaw.model import Model, Values

PROBES: Final = ("startup", "readiness", "liveness")
EARLY: Final = 0.05  # seconds by which a probe may be asked before its period ends
Command = tuple[str, ...]


class Worker(msgspec.Struct):
    """One probe of one container: the container id it met last, its result, how many equal answers came in a row, and when it asks next.

    An answer that does not come in time is a failure without a record: there may have been ``more`` of them in the row,
    and where they could have decided, the result is not ``known``. A worker counts on in the next container, unless it rests.
    """

    probe: str
    spec: wire.Probe
    period: float
    timeout: float
    id: str = ""
    result: str = "none"
    known: bool = True
    last: bool | None = None
    row: int = 0
    more: int = 0
    before: int = 0  # of them, how many at most of a container that has ended: the row is the worker's
    next: float | None = None

    def missed(self, now: float, answered: bool) -> int:
        """Return how many answers may have failed to come in time by now, or before an answer that came now."""
        late = -1.0 if self.next is None else now - self.next + EARLY - (self.period if answered else self.timeout)
        return int(late / self.period) + 1 if late >= 0 else 0

    def failures(self) -> int:
        """Return how many failures in a row there may have been before now."""
        return self.before + (0 if self.last else self.row + self.more)


class Probing:
    """The probes and hooks of one pod; those that run no command leave no record, and may answer anything at any time."""

    def __init__(self, model: Model, spec: bytes) -> None:
        self.law = model.law.functions
        period, timeout = model.law.constants["probe_period"], model.law.constants["probe_timeout"]
        declared = wire.spec(spec) if spec else wire.Spec(())
        containers = {c.name: c for c in (*declared.init_containers, *declared.containers)}
        self.workers = {
            name: [Worker(probe, p, p.period or period, p.timeout or timeout) for probe in PROBES if (p := getattr(c, probe)) is not None]
            for name, c in containers.items()
        }
        self.hooks = {name: _command(c.lifecycle.post_start) for name, c in containers.items() if c.lifecycle and c.lifecycle.post_start}
        self.last_words = {name: _command(c.lifecycle.pre_stop) for name, c in containers.items() if c.lifecycle and c.lifecycle.pre_stop}
        self.hooked: set[str] = set()
        self.waiting: set[str] = set()  # containers whose hook runs,
        self.broken: set[str] = set()   # and those that ended meanwhile
        self.free = tuple(self._free())

    def note(self, event: str, container: str, now: float) -> None:
        """Take notice of a container that starts or ends, or of a kubelet that stops or starts: every worker of it begins anew."""
        if event in ("stop_kubelet", "may_start_kubelet", "start_kubelet"):
            for worker in (w for workers in self.workers.values() for w in workers):
                worker.id, worker.result, worker.last, worker.row, worker.more, worker.before, worker.known = "", "none", None, 0, 0, 0, True
                worker.next = None if event == "stop_kubelet" else now if worker.next is None else worker.next
        elif event == "start":
            self.broken.discard(container)
            self.waiting |= {container} & set(self.hooks)
            for worker in self.workers.get(container, ()):
                worker.next = max(now, int(now) + worker.spec.delay)  # the worker reads the second of the start in the status
        elif event in ("exit", "lose"):
            self.broken |= {container} & self.waiting
            self.waiting.discard(container)
            for worker in self.workers.get(container, ()):
                missed = range(worker.missed(now, answered=False), 0, -1)
                worker.before += next((n for n in missed if self._result(worker, False, worker.failures() + n) == "none"), 0)
                worker.next = None

    def silent(self, now: float, deleting: bool) -> Iterator[tuple[str, Values]]:
        """Yield what may have happened without a record: probes that failed for want of an answer, hooks that ended with their container or pod."""
        yield from self.free
        for name, workers in self.workers.items():
            for w in workers:
                if _command(w.spec) and (missed := w.missed(now, answered=False)) and self._result(w, False, w.failures() + missed) == "Failure":
                    yield _event(name, w.probe, "Failure")
        for name in sorted(self.broken | (self.waiting if deleting else set())):
            yield "hook", {"container": name, "success": False}

    def answered(self, container: str, id: str, command: Command, success: bool, now: float) -> list[tuple[str, Values, bool]]:
        """Return what the answer of a command means: event, parameters, and whether it is certain, for probes may share a command."""
        if self.hooks.get(container) == command and id not in self.hooked:
            self.hooked.add(id)     # it is the first that runs in a container
            self.waiting.discard(container)
            return [("hook", {"container": container, "success": success}, True)]
        ending = self.last_words.get(container) == command
        hooks = [("pre_stop", {"container": container}, False)] * ending    # the kubelet may have given it up, and its container ended, long before
        mine = [w for w in self.workers.get(container, ()) if _command(w.spec) == command]
        sole = len(mine) == 1 and not ending
        found = [(*_event(container, w.probe, w.result), sure) for w in mine for changed, sure in [self._changed(w, id, success, sole, now)] if changed]
        if ("probe_startup", "Success") in {(name, values.get("verdict")) for name, values, _ in found}:
            for worker in self.workers[container]:
                worker.next = max(worker.next or now, now)     # the others ask only now (PROBE-07)
        return hooks + found

    def _changed(self, worker: Worker, id: str, success: bool, sole: bool, now: float) -> tuple[bool, bool]:
        """Count one answer, and return whether the worker's result changes by it, or may have, and whether that is certain."""
        missed = worker.before + worker.missed(now, answered=True)
        worker.before = 0
        worker.known &= not missed or self._result(worker, False, worker.failures() + missed) != "Failure"
        if worker.id != id:
            worker.id, worker.result, worker.known = id, self.law["first_result"](worker.probe), True
        row, more = (worker.row, worker.more) if worker.last == success else (0, 0)
        if success and missed:      # a failure may lie in between, or none
            row, more = 0, row + more
        worker.row, worker.more = row + 1, more if success else more + missed
        worker.last, worker.next = success, now + worker.period
        least, most = self._result(worker, success, worker.row), self._result(worker, success, worker.row + worker.more)
        certain = sole and worker.known and least == most
        changed = most not in ("none", worker.result) if certain else most == "Failure" or (most == "Success" and worker.probe != "liveness")
        worker.known = (worker.known or least != "none") and least == most
        worker.result = most if changed else worker.result
        if self.law["probe_rests"](worker.probe, most) and sole:
            worker.row, worker.more = 0, 0 if certain else worker.row + worker.more
        return changed, certain

    def _result(self, worker: Worker, success: bool, row: int) -> str:
        result: str = self.law["probe_result"](success, row, worker.spec.successes, worker.spec.failures)
        return result

    def _free(self) -> Iterator[tuple[str, Values]]:
        for name, workers in self.workers.items():
            for worker in workers:
                if not _command(worker.spec):
                    yield from (_event(name, worker.probe, result) for result in (("Failure",) if worker.probe == "liveness" else ("Success", "Failure")))
        for name, command in self.hooks.items():
            if not command:
                yield from (("hook", {"container": name, "success": success}) for success in (True, False))
        yield from (("pre_stop", {"container": name}) for name, command in self.last_words.items() if not command)


def _command(asked: wire.Probe | wire.Hook) -> Command:
    """Return the command of a probe or hook; empty where it has none."""
    return asked.exec.command if asked.exec is not None else ()


def _event(container: str, probe: str, result: str) -> tuple[str, Values]:
    return f"probe_{probe}", {"container": container} | ({} if probe == "liveness" else {"verdict": result})
