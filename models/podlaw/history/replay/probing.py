"""What the recorded answers of probes and hooks mean: which results they reach, and so which events of the law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from podlaw import wire
from podlaw.model import Model, Values

PROBES: Final = ("startup", "readiness", "liveness")
Command = tuple[str, ...]


class Worker(msgspec.Struct):
    """One probe of one container: the container id it met last, its result, and how many equal answers came in a row."""

    probe: str
    spec: wire.Probe
    id: str = ""
    result: str = "none"
    last: bool | None = None
    row: int = 0


class Probing:
    """The probes and hooks of one pod; those that run no command leave no record, and may answer anything at any time."""

    def __init__(self, model: Model, spec: bytes) -> None:
        self.law = model.law.functions
        declared = wire.spec(spec) if spec else wire.Spec(())
        containers = {c.name: c for c in (*declared.init_containers, *declared.containers)}
        self.workers = {name: [Worker(probe, p) for probe in PROBES if (p := getattr(c, probe)) is not None] for name, c in containers.items()}
        self.hooks = {name: _command(c.lifecycle.post_start) for name, c in containers.items() if c.lifecycle and c.lifecycle.post_start}
        self.last_words = {name: _command(c.lifecycle.pre_stop) for name, c in containers.items() if c.lifecycle and c.lifecycle.pre_stop}
        self.hooked: set[str] = set()
        self.free = tuple(self._free())

    def forget(self) -> None:
        """Let every worker begin anew, as after a restart of the kubelet."""
        for worker in (w for workers in self.workers.values() for w in workers):
            worker.id, worker.result, worker.last, worker.row = "", "none", None, 0

    def answered(self, container: str, id: str, command: Command, success: bool) -> list[tuple[str, Values, bool]]:
        """Return what the answer of a command means: event, parameters, and whether it is certain, for probes may share a command."""
        if self.hooks.get(container) == command and id not in self.hooked:
            self.hooked.add(id)     # it is the first that runs in a container
            return [("hook", {"container": container, "success": success}, True)]
        ending = self.last_words.get(container) == command
        hooks = [("pre_stop", {"container": container}, False)] * ending    # the kubelet may have given it up, and its container ended, long before
        mine = [w for w in self.workers.get(container, ()) if _command(w.spec) == command]
        certain = len(mine) == 1 and not ending
        return hooks + [(*_event(container, w.probe, w.result), certain) for w in mine if self._changed(w, id, success, certain)]

    def _changed(self, worker: Worker, id: str, success: bool, certain: bool) -> bool:
        """Count one answer, and return whether the worker's result changes by it, or may have."""
        if worker.id != id:
            worker.id, worker.result = id, self.law["first_result"](worker.probe)
        worker.row = worker.row + 1 if worker.last == success else 1
        worker.last = success
        result = self.law["probe_result"](success, worker.row, worker.spec.successes, worker.spec.failures)
        if self.law["probe_rests"](worker.probe, result) and certain:
            worker.row = 0
        changed = result not in ("none", worker.result) if certain else result == "Failure" or (result == "Success" and worker.probe != "liveness")
        worker.result = result if changed else worker.result
        return changed

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
