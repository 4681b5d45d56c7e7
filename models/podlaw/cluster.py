"""Several reference pods with the nodes, claims, controllers and budgets around them: one clock, one world that every event may look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace
from transitions import Machine

from podlaw.errors import EventError
from podlaw.law import Law, Pod
from podlaw.live import Live
from podlaw.machines import machines
from podlaw.model import Model
from podlaw.oracle import ROUNDS, Entry, Oracle
from podlaw.pod import Life
from podlaw.properties import Broken
from podlaw.snapshot import Snapshot
from podlaw.world import Budget, Claim, Controller, Node, World


class Moment(msgspec.Struct, frozen=True):
    """One event of a cluster: to what it happened, and the pod as published after it; `pod` is None for nodes and claims, and once it is gone."""

    on: str
    entry: Entry


class Cluster:
    """Pods, nodes, claims, controllers and disruption budgets as the law has them.

    ``pods`` are manifests (dict, Snapshot or client object), ``nodes`` names or `Node`. With ``eager`` the scheduler, the kubelets and
    the API server settle after each event. Raises InputError for a manifest that is no pod.
    """

    def __init__(
        self,
        pods: Iterable[Pod] = (),
        nodes: Iterable[str | Node] = ("node-a", "node-b"),
        *,
        claims: Iterable[Claim] = (),
        controllers: Iterable[Controller] = (),
        budgets: Iterable[Budget] = (),
        law: Law | None = None,
        eager: bool = True,
        now: float = 0.0,
    ) -> None:
        self.law = law or Law()
        self.eager, self.now = eager, now
        self.model, self.kinds = Model(self.law), machines(self.law)
        self.controllers, self.budgets = tuple(controllers), tuple(budgets)
        self.nodes: dict[str, Live[Node]] = {n.name: self._live(n) for n in (Node(n) if isinstance(n, str) else n for n in nodes)}
        self.claims: dict[str, Live[Claim]] = {c.name: self._live(c) for c in claims}
        self.pods: dict[str, Member] = {}
        self._history: list[Moment] = []
        self.referee = self.law.referee()
        self.broken: list[Broken] = []
        for manifest in pods:
            self.add(manifest)

    @property
    def world(self) -> World:
        """Everything as it is now."""
        lives = tuple(member.life for member in self.pods.values())
        return World(lives, tuple(n.subject for n in self.nodes.values()), tuple(c.subject for c in self.claims.values()), self.controllers, self.budgets)

    @property
    def history(self) -> tuple[Moment, ...]:
        """Every event so far, hidden ones included."""
        return tuple(self._history)

    def add(self, manifest: Pod, *, absent: bool = False) -> str:
        """Create a pod, or one that its controller has yet to create; return its uid, by which it is called from now on."""
        member = Member(self, manifest)
        if absent:
            member.live.place(replace(member.life, deletion="absent"))
        uid = member.uid
        if uid in self.pods:
            raise EventError(f"two pods have the uid '{uid}'; give each its own")
        named = (member.pod.namespace, member.pod.name)
        if not absent and named[1] and any((m.pod.namespace, m.pod.name) == named and m.life.deletion not in ("absent", "gone") for m in self.pods.values()):
            raise EventError(f'the API server refuses the pod: pods "{named[1]}" already exists (CTRL-03); give it another name, or delete that one first')
        self.pods[uid] = member
        if not absent:
            self.note(uid, Entry(self.now, "appear", {}, "client", member.pod))
        if self.eager:
            self.settle()
        return uid

    def pod(self, uid: str) -> Snapshot:
        """Return a pod as published now, or as it last was; raise EventError for a uid that no pod has."""
        return self._member(uid).pod

    def apply(self, event: str, on: str, **values: Any) -> None:
        """Let one event happen to a pod (by its uid), a node or a claim; raise EventError, changing nothing, where it cannot."""
        if event == "wait":
            raise EventError("time passes for all at once; use wait(seconds)")
        of = self._of(event)
        if of == "pod":
            self._member(on).apply(event, **values)
        else:
            self._around(of, event, on)
        if self.eager:
            self.settle()

    def allows(self, event: str, on: str, **values: Any) -> bool:
        """Return whether one event can happen now to a pod, a node or a claim; raise EventError for names that are none."""
        of = self._of(event)
        if of == "pod":
            return self._member(on).allows(event, **values)
        return self.model.refusal(self._thing(of, on).subject, event, {}, self.world) is None

    def wait(self, seconds: int) -> None:
        """Let time pass for all, in seconds."""
        self.now += seconds
        for member in self.pods.values():
            member.apply("wait", seconds=seconds)
        if self.eager:
            self.settle()

    def choices(self) -> Iterator[tuple[str, str, str]]:
        """Yield every event that can happen now: its name, to what, and its container if it is about one."""
        for uid, member in self.pods.items():
            for text in member.enabled():
                event, _, container = text.removesuffix(")").partition("(")
                yield event, uid, container
        for of, things in (("node", self.nodes), ("claim", self.claims)):
            for name, thing in things.items():
                for event, rendered in self.model.events.items():
                    if rendered.spec.spec.of == of and self.model.refusal(thing.subject, event, {}, self.world) is None:
                        yield event, name, ""

    def settle(self) -> None:
        """Let the scheduler, the kubelets and the API server do what they can until nothing changes; raise EventError where that does not end."""
        for _ in range(ROUNDS):
            before = self.world
            for member in self.pods.values():
                if member.life.deletion != "absent":
                    member.settle()
            if all(replace(a, began=b.began) == b for a, b in zip(self.world.pods, before.pods, strict=True)):
                return
        raise EventError(f"the cluster does not settle within {ROUNDS} rounds; use Cluster(eager=False)")

    def note(self, on: str, entry: Entry) -> None:
        """Remember an event."""
        self._history.append(Moment(on, entry))

    def judge(self, was: World, on: str = "", before: Life | None = None) -> None:
        """Judge all pods by the named properties after an event, perhaps to one of them; ``was`` and ``before`` are before it."""
        world = self.world
        for member in self.pods.values():
            if before is not None and member is self.pods[on]:
                self.broken += self.referee.judge(world, member.life, before, was)
            else:
                self.broken += self.referee.around(world, member.life, was)

    def _live(self, one: Any) -> Live[Any]:
        return Live(self.model, self.kinds, one)

    def _of(self, event: str) -> str:
        if event not in self.model.events:
            raise EventError(f"'{event}' is not an event of {self.law}; known are {', '.join(self.model.events)}")
        return self.model.events[event].spec.spec.of

    def _member(self, uid: str) -> Member:
        if uid not in self.pods:
            raise EventError(f"no pod has the uid '{uid}'; there are {', '.join(self.pods) or 'none'}")
        return self.pods[uid]

    def _thing(self, of: str, name: str) -> Live[Any]:
        things: dict[str, Live[Any]] = {**(self.nodes if of == "node" else self.claims)}
        if name not in things:
            raise EventError(f"there is no {of} '{name}'; there are {', '.join(things) or 'none'}")
        return things[name]

    def _around(self, of: str, event: str, name: str) -> None:
        """Let an event happen to a node or a claim, and with it the one that it brings to the pods there."""
        thing, spec = self._thing(of, name), self.model.events[event].spec.spec
        refusal = self.model.refusal(thing.subject, event, {}, self.world)
        if refusal is not None:
            raise EventError(f"'{event}' of {of} '{name}' is refused: {refusal.why}")
        there = [member for member in self.pods.values() if spec.pods and member.life.api.node == name]
        was = self.world
        thing.fire(event, {}, was)
        self.note(name, Entry(self.now, event, {}, spec.by, None))
        self.judge(was)
        for member in there:
            member.bring(spec.pods)


class Member(Oracle):
    """A pod of a cluster."""

    def __init__(self, cluster: Cluster, manifest: Pod) -> None:
        self.cluster = cluster
        super().__init__(manifest, cluster.law, eager=False, now=cluster.now)
        self.uid = self.life.api.uid  # by which the cluster calls it; a mirror that is made anew has another

    @property
    def world(self) -> World:
        """Everything in the cluster."""
        return self.cluster.world

    def bring(self, event: str) -> None:
        """Let an event that its node brings happen where it can, the pod taken alone."""
        if self.model.refusal(self.life, event, {}) is None:
            self._fire(event, {})

    def settle(self) -> None:
        """Let everything happen that does by itself."""
        self._settle()

    def _engine(self) -> tuple[Model, Mapping[str, Machine]]:
        """Return the functions and machines that all pods of the cluster share."""
        return self.cluster.model, self.cluster.kinds

    def _values(self, event: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters of an event; the scheduler takes the first node, the kubelet the first reason that will do."""
        given = super()._values(event, values)
        if event == "bind" and "node" not in values:
            return self._fitting(event, given, "node", self.cluster.nodes)
        if event == "evict" and "reason" not in values:
            return self._fitting(event, given, "reason", self.model.events[event].spec.spec.choices["reason"])
        if event == "reject" and "reason" not in values:
            given["reason"] = self._rejection() or given["reason"]
        return given

    def _fitting(self, event: str, given: dict[str, Any], name: str, some: Iterable[Any]) -> dict[str, Any]:
        """Return the parameters with the first value of one that lets the event happen, or as they are."""
        every = ({**given, name: value} for value in some)
        return next((one for one in every if self.model.refusal(self.life, event, one, self.world) is None), given)

    def _fire(self, event: str, values: Mapping[str, Any]) -> None:
        before, was = self.life, self.cluster.world
        super()._fire(event, values)
        self.cluster.note(self.uid, self._history[-1])
        self.cluster.judge(was, self.uid, before)
