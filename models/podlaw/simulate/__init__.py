"""Lives of pods made up from manifests: by a script of events, or at random."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from podlaw.cluster import Cluster
from podlaw.errors import EventError, InputError
from podlaw.law import Law
from podlaw.simulate.script import Happening

__all__ = ["Happening", "play", "simulate"]

BY_OTHERS = ("runtime", "client", "node", "controller")  # whose events a random life draws, and those with a choice; all else happens by itself
WAITS = (1, 2, 5, 10, 30, 60, 300)  # seconds
WAITING = 0.3  # how often a random step is time that passes


def simulate(manifests: Iterable[dict[str, Any]], nodes: int = 2, law: Law | None = None, *, seed: int = 0, steps: int = 100) -> Cluster:
    """Return the pods of some manifests after random events of their environment; the same seed gives the same life.

    The scheduler, the kubelets and the API server settle after each event. Raises InputError for a manifest that is no pod.
    """
    cluster = started(manifests, nodes, law)
    chance = random.Random(seed)  # noqa: S311 - a life that can be told again, not a secret
    for _ in range(steps):
        _happen(cluster, chance)
    return cluster


def play(manifests: Iterable[dict[str, Any]], script: Iterable[Happening], nodes: int = 2, law: Law | None = None) -> Cluster:
    """Return the pods of some manifests after the events of a script; raise InputError naming the line of an event that cannot happen."""
    cluster = started(manifests, nodes, law)
    for one in script:
        try:
            if one.event == "wait":
                cluster.wait(int(one.values.get("seconds", 0)))
            else:
                cluster.apply(one.event, called(cluster, one), **one.values)
        except (EventError, ValueError) as error:
            raise InputError(f"{one.where}: {error}") from None
    return cluster


def started(manifests: Iterable[dict[str, Any]], nodes: int, law: Law | None) -> Cluster:
    """Return a cluster with the pods of some manifests created."""
    return Cluster(manifests, [f"node-{chr(ord('a') + i)}" for i in range(nodes)], law=law, now=1_800_000_000.0)


def called(cluster: Cluster, one: Happening) -> str:
    """Return the uid of the newest pod of a name, or the name itself of a node or claim; raise EventError where no pod, or more than one, has the name."""
    if one.event in cluster.model.events and cluster.model.events[one.event].spec.spec.of != "pod":
        return one.on
    namespace, _, name = one.on.rpartition("/")
    found = {m.pod.namespace: uid for uid, m in cluster.pods.items() if m.pod.name == name and namespace in ("", m.pod.namespace)}
    if len(found) != 1:
        there = ", ".join(dict.fromkeys(f"{m.pod.namespace}/{m.pod.name}" for m in cluster.pods.values())) or "none"
        raise EventError(f"{len(found) or 'no'} pods are called '{one.on}'; there are {there}")
    return next(iter(found.values()))


def _happen(cluster: Cluster, chance: random.Random) -> None:
    events = cluster.model.events
    offered: dict[str, list[tuple[str, str]]] = {}
    for event, on, container in cluster.choices():
        if events[event].spec.spec.by in BY_OTHERS or events[event].spec.spec.choices:
            offered.setdefault(event, []).append((on, container))
    if not offered or chance.random() < WAITING:
        cluster.wait(chance.choice(WAITS))
        return
    event = chance.choice(sorted(offered))  # first the kind of event, so that what many pods can do does not crowd out the rest
    on, container = chance.choice(sorted(offered[event]))
    values = {name: chance.choice(some) for name, some in events[event].spec.spec.choices.items()}
    values |= {"container": container} if container else {}
    if cluster.allows(event, on, **values):
        cluster.apply(event, on, **values)
