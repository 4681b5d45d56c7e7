"""A Hypothesis machine that lives random pods and judges everything they publish; subclass it to compare with your own."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from podlaw.history.check import Judge
from podlaw.history.read import Document
from podlaw.law import Law
from podlaw.oracle import REASONS, Oracle
from podlaw.publish import document
from podlaw.schema import Event
from podlaw.snapshot import snapshot
from podlaw.testing.strategies import manifests

ENVIRONMENT = ("runtime", "client", "clock", "controller")
PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from([0, 0, 1, 2, 3, 137, 143]),
    "grace": st.sampled_from([0, 1, 30]),
    "verdict": st.sampled_from(["Success", "Failure"]),
    "success": st.booleans(),
    "reason": st.just("Error"),
}


def parameters(event: Event) -> dict[str, st.SearchStrategy[Any]]:
    """Return what the parameters of an event are drawn from, but those that need no choice."""
    given = {name: some for name, some in PARAMETERS.items() if name in event.parameters and not (name == "reason" and event.event in REASONS)}
    return {name: st.sampled_from(some) for name, some in event.choices.items()} | given


def by_others(event: Event, writers: tuple[str, ...] = ENVIRONMENT) -> bool:
    """Return whether an event does not happen by itself: the environment does it, or whoever does has a choice."""
    return event.by in writers or bool(event.choices)


COVERED: Counter[tuple[str, str, str, str]] = Counter()  # machine, state, event, state: moves that lives of this process took


class PodLife(RuleBasedStateMachine):
    """One random pod under random events of its environment; the kubelet settles after each.

    Every snapshot it publishes is judged by every rule of the law. ``law`` and ``eager`` may be replaced in a subclass;
    with ``eager = False`` the hidden events of the kubelet happen in any order too. Waiting is always possible, so a pod
    that has ended ends no run early.
    """

    law: ClassVar[Law] = Law()
    eager: ClassVar[bool] = True

    oracle: Oracle
    judge: Judge

    @initialize(manifest=st.runner().flatmap(lambda life: manifests(law=life.law)))
    def create(self, manifest: dict[str, Any]) -> None:
        """Create the pod; eagerly, the scheduler binds it and the kubelet starts it."""
        self.oracle = Oracle(manifest, law=self.law, eager=self.eager, now=1.0)
        self.judge = Judge(self.law)
        self.seen = 0
        self.look()

    @rule(seconds=st.sampled_from([1, 5, 10, 45, 120, 400]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.apply("wait", seconds=seconds)

    @precondition(lambda self: len(self.choices()) > 0)
    @rule(data=st.data())
    def happen(self, data: st.DataObject) -> None:
        """Let one enabled event happen."""
        event, container = data.draw(st.sampled_from(self.choices()), label="event")
        drawn = parameters(self.oracle.model.events[event].spec.spec)
        values = {name: data.draw(some, label=name) for name, some in drawn.items()}
        values |= {"container": container} if container else {}
        assume(self.oracle.allows(event, **values))
        self.apply(event, **values)

    def choices(self) -> list[tuple[str, str]]:
        """Return the enabled events with their containers: those of the environment, or all without ``eager``."""
        found = []
        for text in self.oracle.enabled():
            event, _, container = text.removesuffix(")").partition("(")
            if event != "wait" and (not self.eager or by_others(self.oracle.model.events[event].spec.spec)):
                found.append((event, container))
        return found

    def apply(self, event: str, **values: Any) -> None:
        """Apply one event and look at what is published after it."""
        self.oracle.apply(event, **values)
        self.look()

    def look(self) -> None:
        """Judge every version published since the last look; override to compare with your own implementation as well."""
        last = self.judge.last
        for entry in self.oracle.history[self.seen :] or ():
            pod = self.oracle.pod if entry.pod is None else entry.pod
            event = "DELETED" if entry.event == "drop" else "MODIFIED" if last is not None else "ADDED"
            shown = snapshot(document(pod))
            if last is None or shown != last.pod or event == "DELETED":
                self.judge.judge(Document(self.seen, 0, event, shown))  # type: ignore[arg-type]
                last = self.judge.last
        self.seen = len(self.oracle.history)
        strong = [f"{f.rule}: {f.message}" for f in self.judge.findings if f.strength != "soft"]
        assert not strong, strong[0]

    @invariant()
    def consistent(self) -> None:
        """The live `transitions` machines and the law's own assignments agree on every state."""
        if hasattr(self, "oracle"):
            assert [part.state for part, _ in self.oracle.parts()] == [state for _, state in self.oracle.parts()]

    def teardown(self) -> None:
        """Note which moves of the law this life took."""
        if hasattr(self, "oracle"):
            COVERED.update(self.oracle.moves)
