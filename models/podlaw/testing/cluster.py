"""A Hypothesis machine that lives several random pods on a few nodes and judges each by the named properties and the rules."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from podlaw.cluster import Cluster
from podlaw.history.check import Judge
from podlaw.history.read import Document
from podlaw.law import Law
from podlaw.publish import document
from podlaw.snapshot import Snapshot, snapshot
from podlaw.testing.stateful import ENVIRONMENT, by_others, parameters
from podlaw.testing.strategies import manifests
from podlaw.world import Claim, Controller

AROUND = (*ENVIRONMENT, "node")
PORT = {"containerPort": 80, "hostPort": 80}
VOLUMES: tuple[dict[str, Any], ...] = (
    {"name": "scratch", "emptyDir": {}},
    {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    {"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
)


STATIC = {"kubernetes.io/config.source": "file", "kubernetes.io/config.mirror": "hash"}
STATEFUL = [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "s", "controller": True}]
EXTRAS: dict[str, Any] = {
    "hostNetwork": True,
    "activeDeadlineSeconds": 60,
    "schedulingGates": [{"name": "example.com/quota"}],
    "readinessGates": [{"conditionType": "example.com/ready"}],
}


@st.composite
def pods(draw: st.DrawFn, number: int, law: Law) -> dict[str, Any]:
    """Return one pod of a cluster.

    It may ask for port 80 of its node, have volumes, gates, a deadline or the network of its node, and belong to the StatefulSet
    `web`; the first may be static.
    """
    made = draw(manifests(most_app=1, most_init=1, law=law))
    meta: dict[str, Any] = {**made["metadata"], "name": f"pod-{number}", "uid": f"u-{number}"}
    app = [{**c, **({"ports": [PORT]} if draw(st.booleans()) else {})} for c in made["spec"]["containers"]]
    kind = draw(st.sampled_from(["plain", "stateful", "static"] if number == 0 else ["plain", "stateful"]))
    if kind == "static":
        return {**made, "metadata": {**meta, "annotations": STATIC}, "spec": {**made["spec"], "containers": app, "nodeName": "node-0"}}
    spec = made["spec"]
    if kind == "stateful":
        meta |= {"name": "web-0", "ownerReferences": STATEFUL}
        spec = {**spec, "restartPolicy": "Always"}  # CTRL-07
    volumes = draw(st.lists(st.sampled_from(VOLUMES), max_size=2, unique_by=lambda v: v["name"]))
    extras = draw(st.sampled_from([(), (), *((name,) for name in EXTRAS)]))
    return {**made, "metadata": meta, "spec": {**spec, "containers": app, "volumes": volumes, **{name: EXTRAS[name] for name in extras}}}


class ClusterLife(RuleBasedStateMachine):
    """Up to four random pods on two or three nodes, with claims and a StatefulSet, under random events of their environment.

    After every event no named property is broken, and every snapshot that was published is judged by every rule. ``law`` and
    ``eager`` may be replaced in a subclass; with ``eager = False`` the hidden events of the kubelets happen in any order too.
    """

    law: ClassVar[Law] = Law()
    eager: ClassVar[bool] = True

    cluster: Cluster

    @initialize(nodes=st.integers(2, 3), count=st.integers(1, 4), data=st.data())
    def create(self, nodes: int, count: int, data: st.DataObject) -> None:
        """Create the pods; a second one of the StatefulSet waits until its name is free."""
        made = [data.draw(pods(number, self.law), label="pod") for number in range(count)]
        claims = [Claim("data"), *(Claim(f"{one['metadata']['name']}-own", one["metadata"]["uid"], "absent") for one in made)]
        named = {claim.name: claim for claim in reversed(claims)}
        web = Controller("StatefulSet", "web")
        self.cluster = Cluster((), [f"node-{n}" for n in range(nodes)], claims=named.values(), controllers=[web], law=self.law, eager=self.eager, now=1.0)
        self.judges: dict[str, Judge] = {}
        self.seen = 0
        names: set[str] = set()
        for one in made:
            self.cluster.add(one, absent=one["metadata"]["name"] in names)
            names.add(one["metadata"]["name"])
        self.look()

    @rule(seconds=st.sampled_from([1, 5, 10, 45, 120, 400]))
    def wait(self, seconds: int) -> None:
        """Let time pass for all."""
        self.cluster.wait(seconds)
        self.look()

    @precondition(lambda self: not self.eager)
    @rule()
    def settle(self) -> None:
        """Let everything happen that does by itself, without which few lives get far."""
        self.cluster.settle()
        self.look()

    @rule(data=st.data())
    def happen(self, data: st.DataObject) -> None:
        """Let one enabled event happen to a pod, a node or a claim."""
        choices = self.choices()
        assume(choices)
        event, on, container = data.draw(st.sampled_from(choices), label="event")
        drawn = parameters(self.cluster.model.events[event].spec.spec)
        values = {name: data.draw(some, label=name) for name, some in drawn.items()}
        values |= {"container": container} if container else {}
        assume(self.cluster.allows(event, on, **values))
        self.cluster.apply(event, on, **values)
        self.look()

    def choices(self) -> list[tuple[str, str, str]]:
        """Return the enabled events, with to what they happen: those of the environment, or all without ``eager``."""
        events = self.cluster.model.events
        return [one for one in self.cluster.choices() if one[0] != "wait" and (not self.eager or by_others(events[one[0]].spec.spec, AROUND))]

    def look(self) -> None:
        """Judge every version published since the last look; override to compare with your own implementation as well."""
        for number, moment in enumerate(self.cluster.history[self.seen :], self.seen):
            pod, last = moment.entry.pod, self.judges.get(moment.on)
            if pod is not None and (last is None or last.last is None or last.last.pod.uid != pod.uid):
                last = self.judges[moment.on] = Judge(self.law)  # a mirror that is made anew is another object
            if last is not None and moment.on in self.cluster.pods:
                self._judge(number, last, moment.on, pod)
        self.seen = len(self.cluster.history)

    def _judge(self, number: int, judge: Judge, uid: str, pod: Snapshot | None) -> None:
        last = judge.last
        shown = last.pod if pod is None and last is not None else snapshot(document(pod or self.cluster.pod(uid)))
        event = "DELETED" if pod is None else "MODIFIED" if last is not None else "ADDED"
        if last is None or event == "DELETED" != last.event or shown != last.pod:
            judge.judge(Document(number, 0, event, shown))  # type: ignore[arg-type]
            strong = [f"{uid}: {f.rule}: {f.message}" for f in judge.findings if f.strength != "soft"]
            assert not strong, strong[0]

    @invariant()
    def unbroken(self) -> None:
        """No named property of the law is broken."""
        if hasattr(self, "cluster"):
            assert self.cluster.broken == []

    @invariant()
    def consistent(self) -> None:
        """The live `transitions` machines and the law's own assignments agree on every state."""
        if hasattr(self, "cluster"):
            every = [part for member in self.cluster.pods.values() for part in member.live.parts()]
            every += [part for node in self.cluster.nodes.values() for part in node.parts()]
            every += [part for claim in self.cluster.claims.values() for part in claim.parts()]
            assert all(part.state == state for part, state in every)
