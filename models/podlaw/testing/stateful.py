"""A Hypothesis machine that lives random pods; subclass it and add your own rules and invariants."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from podlaw.law import Law
from podlaw.oracle import Oracle
from podlaw.testing.strategies import manifests

ENVIRONMENT = ("runtime", "client", "clock")
CODES = st.sampled_from([0, 0, 1, 2, 137, 143])
SECONDS = st.sampled_from([1, 5, 10, 45, 120, 400])


class PodLife(RuleBasedStateMachine):
    """One random pod under random events of its environment; the kubelet settles after each.

    ``law`` may be replaced in a subclass. Waiting is always possible, so a pod that has ended ends no run early.
    """

    law: ClassVar[Law] = Law()

    oracle: Oracle

    @initialize(manifest=manifests())
    def create(self, manifest: dict[str, Any]) -> None:
        """Create the pod; the scheduler binds it and the kubelet starts it."""
        self.oracle = Oracle(manifest, law=self.law)
        self.judge()

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.apply("wait", seconds=seconds)

    @precondition(lambda self: len(self.choices()) > 0)
    @rule(data=st.data())
    def happen(self, data: st.DataObject) -> None:
        """Let one enabled event of the environment happen."""
        event, container = data.draw(st.sampled_from(self.choices()), label="event")
        values = {name: data.draw(drawn, label=name) for name, drawn in PARAMETERS.items() if name in self.oracle.model.events[event].spec.parameters}
        self.apply(event, **values, **({"container": container} if container else {}))

    def choices(self) -> list[tuple[str, str]]:
        """Return the enabled events of the environment with their containers; deleting is one of many, so that pods grow old."""
        found = []
        for text in self.oracle.enabled():
            event, _, container = text.removesuffix(")").partition("(")
            if self.oracle.model.events[event].spec.spec.by in ENVIRONMENT and event != "wait":
                found.append((event, container))
        return found

    def apply(self, event: str, **values: Any) -> None:
        """Apply one event and judge what is published after it."""
        self.oracle.apply(event, **values)
        self.judge()

    def judge(self) -> None:
        """Called after every event; override to compare with your own implementation."""

    @invariant()
    def consistent(self) -> None:
        """The live machines and the law's own assignments agree on every state."""
        assert self.oracle_agrees()

    def oracle_agrees(self) -> bool:
        """Return whether each `transitions` machine is in the state that the pod of the model has."""
        return not hasattr(self, "oracle") or all(part.state == state for part, state in self.oracle.parts())


PARAMETERS: dict[str, st.SearchStrategy[Any]] = {"code": CODES, "grace": st.sampled_from([0, 1, 30]), "verdict": st.sampled_from(["Success", "Failure"])}
