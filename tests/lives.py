"""Live many random clusters and judge what they publish by `check` and all they do by the named properties; print the shortest life that breaks either.

`python tests/lives.py [SEEDS [STEPS [FIRST]]]`: how many clusters, how many random events each, and the first seed.
"""

from __future__ import annotations

import random
import sys
import traceback
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.progress import track

from podlaw.cluster import Cluster
from podlaw.history.check import check
from podlaw.law import Law
from podlaw.simulate import simulate
from podlaw.simulate.timeline import watch
from seeds import asked

LAW: Final = Law("1.36")
PROBED: Final = {"startupProbe": {}, "readinessProbe": {}, "livenessProbe": {}}
DRAINED: Final = {"lifecycle": {"preStop": {"exec": {"command": ["drain"]}}}}
SIZE: Final = {"requests": {"cpu": "1"}}
RULE = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
KINDS: Final[dict[str, dict[str, Any]]] = {
    "always": {"containers": [{"name": "app"}]},
    "never": {"restartPolicy": "Never", "containers": [{"name": "app"}, {"name": "log"}]},
    "on-failure": {"restartPolicy": "OnFailure", "containers": [{"name": "app"}], "initContainers": [{"name": "setup"}]},
    "sidecar": {"initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "setup"}], "containers": [{"name": "app"}]},
    "probed": {"containers": [{"name": "app", **PROBED}]},
    "draining": {
        "initContainers": [{"name": "proxy", "restartPolicy": "Always", **DRAINED}, {"name": "log", "restartPolicy": "Always"}],
        "containers": [{"name": "app", **DRAINED, "livenessProbe": {"terminationGracePeriodSeconds": 5}}],
    },
    "sized": {
        "initContainers": [{"name": "proxy", "restartPolicy": "Always", "resources": SIZE}],
        "containers": [{"name": "app", "resources": SIZE, "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}],
    },
    "port": {"restartPolicy": "Never", "containers": [{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
    "bound": {"nodeName": "node-a", "containers": [{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
    "scratch": {"containers": [{"name": "app"}], "volumes": [{"name": "scratch", "emptyDir": {}}]},
    "gated": {"schedulingGates": [{"name": "example.com/quota"}], "containers": [{"name": "app"}]},
    "ready": {"readinessGates": [{"conditionType": "example.com/ready"}], "containers": [{"name": "app", "readinessProbe": {}}]},
    "late": {"activeDeadlineSeconds": 60, "containers": [{"name": "app"}], "terminationGracePeriodSeconds": 5},
    "rules": {
        "restartPolicy": "Never",
        "containers": [{"name": "app", "restartPolicy": "Never", "restartPolicyRules": [RULE]}],
    },
}


def pods(seed: int) -> list[dict[str, Any]]:
    """Return one to four manifests of a seed."""
    chance = random.Random(seed)
    names = chance.choices(sorted(KINDS), k=chance.randint(1, 4))
    metas = [{"name": f"{name}-{i}", "namespace": "default", "uid": f"{name}-{i}"} for i, name in enumerate(names)]
    return [{"kind": "Pod", "metadata": meta, "spec": KINDS[name]} for meta, name in zip(metas, names, strict=True)]


def faults(cluster: Cluster) -> Iterator[str]:
    """Yield every named property that a life broke, and every rule that what it published breaks."""
    yield from (f"{one.pod}: {one.property}: {one.says}" for one in cluster.broken)
    report = check(watch(cluster), cluster.law)
    yield from report.errors
    yield from (f"{pod.name}: {found.rule}: {found.message}" for pod in report.pods for found in pod.findings if found.strength != "soft")


def broken(seed: int, steps: int) -> list[str]:
    """Return what is wrong with the life of a seed; an exception is wrong too."""
    try:
        return list(faults(simulate(pods(seed), law=LAW, seed=seed, steps=steps)))
    except Exception as error:
        return [f"{type(error).__name__}: {error} ({traceback.extract_tb(error.__traceback__)[-1].name})"]


def shortest(seed: int, steps: int) -> int:
    """Return after how many events the life of a seed is first wrong."""
    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if broken(seed, middle) else (middle + 1, high)
    return low


def main(arguments: list[str]) -> int:
    """Live them all; return the exit status."""
    count, steps, first = asked(arguments, 1000, 200)
    console, wrong = Console(stderr=True), {}
    for seed in track(range(first, first + count), "living", console=console, transient=True, disable=not sys.stderr.isatty()):
        if found := broken(seed, steps):
            wrong[shortest(seed, steps), seed] = found
    for (events, seed), found in sorted(wrong.items())[:5]:
        print(f"seed {seed}, {', '.join(one['metadata']['name'] for one in pods(seed))}, wrong after {events} events: {found[0]}")
    print(f"{count - len(wrong)} of {count} random lives of {steps} events are lawful")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
