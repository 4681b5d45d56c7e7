"""The reference pod: feed it events, read what Kubernetes publishes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from transitions import Machine

from podlaw import given
from podlaw.errors import EventError
from podlaw.law import Law, Pod
from podlaw.live import Live
from podlaw.machines import Part, machines
from podlaw.model import Model, Refusal
from podlaw.pod import Life, begin, created
from podlaw.publish import status
from podlaw.snapshot import Snapshot, snapshot
from podlaw.world import ALONE, World

# What an eager oracle does by itself, in this order, until nothing changes any more: everything but the environment.
BY_ITSELF: Final = (
    "bind", "relist", "take", "reject", "sync", "delete_mirror", "create_mirror", "mount", "sandbox_ready",
    "purge", "create_sandbox", "refuse", "refuse_pull", "create", "start", "actuate", "begin_probing", "stop", "kill", "reset", "stop_sandbox", "end_sync",
    "begin_terminating", "end_terminating", "begin_terminated", "unmount", "end_terminated", "collect_back_off", "pick", "publish", "finish", "drop",
)  # fmt: skip
REASONS: Final = {
    "fail_scheduling": "Unschedulable", "reject": "UnexpectedAdmissionError", "disrupt": "EvictionByEvictionAPI", "evict": "Evicted", "decide_resize": "",
}  # fmt: skip
ROUNDS: Final = 200  # passes over BY_ITSELF before settling gives up; a crash loop settles in fewer than ten


class Entry(msgspec.Struct, frozen=True):
    """One event of a history and the pod as published after it; `pod` is None once the object is gone."""

    time: float
    event: str
    values: dict[str, Any]
    by: str
    pod: Snapshot | None


class Oracle:
    """One pod as the law has it.

    ``manifest`` is a pod to create (dict or client object), as `Law.admit` takes it, or a Snapshot, which has been
    accepted. With ``eager`` the scheduler, the kubelet and the API server settle after each event; without it their
    hidden events are yours to apply. Time stands still until the event ``wait``. Raises InputError for a manifest that
    is no pod or that the API server would refuse, with the field and the server's reason.
    """

    def __init__(self, manifest: Pod, law: Law | None = None, *, eager: bool = True, now: float = 0.0) -> None:
        self.law = law or Law()
        self.model, kinds = self._engine()
        self.eager = eager
        accepted = manifest if isinstance(manifest, Snapshot) else self.law.admit(manifest)
        self.live: Live[Life] = Live(self.model, kinds, begin(created(snapshot(accepted)), now))
        self._history: list[Entry] = []
        self._ids = 0
        if eager:
            self._settle()

    def _engine(self) -> tuple[Model, Mapping[str, Machine]]:
        """Return the law rendered to functions and to machines."""
        return Model(self.law), machines(self.law)

    @property
    def life(self) -> Life:
        """The whole state of the model."""
        return self.live.subject

    @property
    def world(self) -> World:
        """What is around the pod: nothing that is known."""
        return ALONE

    @property
    def moves(self) -> Counter[tuple[str, str, str, str]]:
        """How often each move was taken: machine, state, event, state."""
        return self.live.moves

    @property
    def pod(self) -> Snapshot:
        """The pod as published now, or as it last was."""
        return self.life.api

    @property
    def status(self) -> dict[str, Any]:
        """The published status, as it stands in a Pod's JSON."""
        return status(self.life.api)

    @property
    def history(self) -> tuple[Entry, ...]:
        """Every event so far, hidden ones included, with the pod published after it."""
        return tuple(self._history)

    def enabled(self) -> list[str]:
        """Return the events that can happen now, as `event` or `event(container)`; parameters are free."""
        return [f"{name}({c})" if c else name for name, c in self._choices() if self._refusal(name, c) is None]

    def allows(self, event: str, **values: Any) -> bool:
        """Return whether one event with these parameters can happen now; raise EventError for an event or parameter that is none."""
        self._check(event, values)
        return self.model.refusal(self.life, event, self._values(event, values), self.world) is None

    def apply(self, event: str, **values: Any) -> Snapshot:
        """Let one event happen whole and return the pod published after it; raise EventError, changing nothing, where it cannot."""
        self._check(event, values)
        every = self._values(event, values)
        refusal = self.model.refusal(self.life, event, every, self.world)
        if refusal is not None:
            possible = ", ".join(self.enabled()) or "nothing"
            raise EventError(f"'{_shown(event, values)}' is refused: {refusal.why}, and {self._state()}; possible now: {possible}")
        self._fire(event, every)
        if self.eager:
            self._settle()
        return self.life.api

    def _refusal(self, event: str, container: str) -> Refusal | None:
        return self.model.refusal(self.life, event, self._values(event, {"container": container}), self.world)

    def _check(self, event: str, values: Mapping[str, Any]) -> None:
        known = [name for name, e in self.model.events.items() if e.spec.spec.of == "pod"]
        if event not in known:
            raise EventError(f"'{event}' is not an event of a pod in {self.law}; known are {', '.join(known)}")
        wanted = self.model.events[event].spec.parameters
        if unknown := set(values) - set(wanted):
            raise EventError(f"'{event}' has no parameter '{min(unknown)}'; it takes {', '.join(wanted) or 'none'}")
        if "container" in wanted and values.get("container") not in (names := [p.spec.name for p in self.life.processes]):
            raise EventError(f"'{event}' needs a container of this pod, not {values.get('container')!r}; it has {', '.join(names)}")
        vocabulary = self.law.whole.vocabulary
        for name, kind in wanted.items():
            if name in values and name != "container" and not given.fits(values[name], kind, vocabulary):
                raise EventError(f"'{event}' wants {given.wanted(kind, vocabulary)} for {name}, not {values[name]!r}")

    def _values(self, event: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters of an event, with plain defaults for those not given."""
        pod, code = self.life.api, values.get("code", 0)
        defaults = {
            "container": "", "code": 0, "reason": REASONS.get(event, "Completed" if code == 0 else "Error"), "node": "node-a", "grace": self._grace(),
            "ip": f"10.0.0.{self.life.sandboxes + 1}", "success": True, "id": f"containerd://{self._ids + 1:064x}", "seconds": 0, "verdict": "Success",
            "finalizers": (), "start": None, "image": self._other_image(values.get("container", "")),
            "cpu": self._other_cpu(values.get("container", "")),
            "nominated": "", "orphan": not pod.deleting, "status": "True", "disruption": True,
            "gates": tuple(g.name for g in pod.scheduling_gates) + tuple(g.type for g in pod.readiness_gates),
        }  # fmt: skip
        wanted = self.model.events[event].spec.parameters
        if "timeout" in wanted and "timeout" not in values:
            return self._in_time(event, values)
        return {name: values[name] if name in values else defaults[name] for name in wanted}

    def _in_time(self, event: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of an event with the shortest timeout that will do; a kubelet gives no more than is left."""
        process = next(p for p in self.life.processes if p.spec.name == values["container"])
        left = 0 if process.stop_since is None else math.ceil(process.stop_grace - (self.life.now - process.stop_since))
        options = ({**values, "timeout": seconds} for seconds in sorted({int(self.law.constants["least_stop"]), left, left + 1}))
        return next((one for one in options if self.model.refusal(self.life, event, one, self.world) is None), {**values, "timeout": left})

    def _other_image(self, container: str) -> str:
        return next((f"{p.image}-next" for p in self.life.processes if p.spec.name == container), "")

    def _other_cpu(self, container: str) -> str:
        return "2" if any(p.cpu == "1" for p in self.life.processes if p.spec.name == container) else "1"

    def _grace(self) -> int:
        return 30 if self.life.api.grace is None else self.life.api.grace

    def _fire(self, event: str, values: Mapping[str, Any]) -> None:
        life = self.live.fire(event, values, self.world)
        self._ids += event == "create"
        by = self.model.events[event].spec.spec.by
        self._history.append(Entry(life.now, event, dict(values), by, None if life.deletion in ("absent", "gone") else life.api))

    def _settle(self) -> None:
        for _ in range(ROUNDS):
            before = self.life
            for name in BY_ITSELF:
                self._exhaust(name)
            if replace(self.life, began=before.began) == before:
                return
        raise EventError(f"the kubelet does not settle within {ROUNDS} rounds; use Oracle(eager=False)")

    def _exhaust(self, name: str) -> None:
        if name not in self.model.events:
            return
        for container in [p.spec.name for p in self.life.processes] if self.model.events[name].spec.of_container else [""]:
            values = self._values(name, {"container": container})
            if self._useful(name) and self.model.refusal(self.life, name, values, self.world) is None:
                self._fire(name, values)

    def _useful(self, name: str) -> bool:
        """A write that would change nothing is not made, so that settling ends; and of itself a pod is rejected only for what the law knows."""
        if name == "reject":
            return self._rejection() != ""
        return name != "pick" or self.model.merged(self.life, self.life.cached) != self.life.api

    def _rejection(self) -> str:
        """Return why the kubelet would not admit the pod, or nothing."""
        return str(self.law.functions["rejection"](self.life, self.world))

    def _choices(self) -> list[tuple[str, str]]:
        names = [p.spec.name for p in self.life.processes]
        return [(name, c) for name, e in self.model.events.items() if e.spec.spec.of == "pod" for c in (names if e.spec.of_container else [""])]

    def parts(self) -> list[tuple[Part, str]]:
        """Return every machine of the pod with the state that the pod of the model has for it."""
        return self.live.parts()

    def _state(self) -> str:
        containers = ", ".join(f"{p.spec.name} {p.run.state}" for p in self.life.processes)
        return f"the pod is {self.life.api.phase}, its worker {self.life.worker}, {containers}"


def _shown(event: str, values: Mapping[str, Any]) -> str:
    return f"{event}({', '.join(f'{k}={v}' for k, v in values.items())})"
