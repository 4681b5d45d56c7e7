"""Pods for lives: a manifest for every seed."""

from __future__ import annotations

import random
from typing import Any, Final

MIRROR: Final = "kubernetes.io/config.mirror"


def manifest(seed: int) -> dict[str, Any]:
    """Return a pod of a seed: of every policy, with init containers, sidecars, probes, hooks, rules, gates and deadlines."""
    chance = random.Random(seed)
    policy = chance.choice(["Always", "OnFailure", "Never"])
    init = [_container(chance, f"i{i}", chance.random() < 0.5) for i in range(chance.choice([0, 0, 1, 2]))]
    app = [_container(chance, f"c{i}", None) for i in range(chance.choice([1, 1, 1, 2, 3]))]
    spec: dict[str, Any] = {"restartPolicy": policy, "containers": app, "initContainers": init}
    spec |= _sometimes(chance, 0.1, {"activeDeadlineSeconds": chance.choice([5, 20])})
    spec |= _sometimes(chance, 0.1, {"readinessGates": [{"conditionType": "example.com/g"}]})
    spec |= _sometimes(chance, 0.1, {"schedulingGates": [{"name": "example.com/s"}]})
    spec |= _sometimes(chance, 0.15, {"ephemeralContainers": [{"name": f"e{i}", "image": "img:1"} for i in range(chance.randint(1, 2))]})
    spec |= _sometimes(chance, 0.1, {"volumes": [{"name": "scratch", "emptyDir": {}}]})
    meta = {"name": f"p{seed}", "namespace": "lived", "uid": f"uid-{seed}"} | _sometimes(chance, 0.1, {"finalizers": ["example.com/hold"]})
    if chance.random() < 0.1:
        spec = {k: v for k, v in spec.items() if k not in ("schedulingGates", "ephemeralContainers")} | {"nodeName": "node-a"}
        static = {MIRROR: f"uid-{seed}", "kubernetes.io/config.source": "file"}
        meta = {"name": f"p{seed}", "namespace": "lived", "uid": f"mirror-{seed}", "annotations": static}
    made = {"kind": "Pod", "metadata": meta, "spec": {k: v for k, v in spec.items() if v}}
    return _widened(random.Random(seed + 1), made) if wide(seed) else made


def wide(seed: int) -> bool:
    """Return whether the life of a seed goes through what is rare: evictions, preparations that fail, and clients that write in bursts."""
    return seed % 3 == 1


def _widened(chance: random.Random, made: dict[str, Any]) -> dict[str, Any]:
    """Return a pod with some of what few pods have: hooks before its stops, a short or long grace period, the network of its node."""
    spec = made["spec"]
    for c in spec["containers"]:
        ask = {"exec": {"command": ["last"]}} if chance.random() < 0.7 else {"sleep": {"seconds": 1}}
        if chance.random() < 0.4:
            c.setdefault("lifecycle", {})["preStop"] = ask
    spec |= _sometimes(chance, 0.5, {"terminationGracePeriodSeconds": chance.choice([0, 1, 5, 60])})
    spec |= _sometimes(chance, 0.3, {"volumes": [{"name": "scratch", "emptyDir": {}}]})
    return made


def _sometimes(chance: random.Random, probability: float, fields: dict[str, Any]) -> dict[str, Any]:
    return fields if chance.random() < probability else {}


def _container(chance: random.Random, name: str, sidecar: bool | None) -> dict[str, Any]:
    """Return an app container, or an init container that is a sidecar or not."""
    made: dict[str, Any] = {"name": name, "image": chance.choice(["img:1", "img:1", "missing"])}
    if sidecar:
        made["restartPolicy"] = "Always"
    elif chance.random() < 0.15:
        rule = {"action": chance.choice(["Restart", "RestartAllContainers"]), "exitCodes": {"operator": "In", "values": [42]}}
        made |= {"restartPolicy": chance.choice(["Never", "OnFailure"]), "restartPolicyRules": [rule]}
    if sidecar is not False:
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            ask: dict[str, Any] = {"exec": {"command": [kind]}} if chance.random() < 0.8 else {"tcpSocket": {"port": 80}}
            made |= _sometimes(chance, 0.25, {kind: {**ask, "failureThreshold": chance.randint(1, 3), "periodSeconds": 1, "timeoutSeconds": 1}})
        made |= _sometimes(chance, 0.15, {"lifecycle": {"postStart": {"exec": {"command": ["hook"]}}}})
    return made
