"""Search for a status that a kubelet's own check passes and the API server's refuses, over all pairs of versions and gates.

Both components ask whether a container may leave its end (API-20, API-24), each by its version and gates. A status that
only the API server refuses is written again and again, and the pod looks frozen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec

from podlaw.errors import LawError
from podlaw.law import Law
from podlaw.snapshot import Snapshot, snapshot

MINORS = [f"1.{n}" for n in range(28, 37)]
GATES = ("ContainerRestartRules", "RestartAllContainersOnContainerExits")
POLICIES = ("Always", "OnFailure", "Never")
RULES: dict[str, list[dict[str, Any]]] = {
    "no rules": [],
    "a rule that restarts": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}],
    "a rule that restarts all": [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [1]}}],
}


class Refused(msgspec.Struct, frozen=True, order=True):
    """One kind of status that is cached and refused: the two components, and the container that leaves its end."""

    pair: str
    policy: str
    container: str
    code: int


def laws() -> Iterator[tuple[str, Law]]:
    """Yield every pair of a kubelet and an API server that is supported, with the gates of each that can be set either way."""
    for api, node in product(MINORS, MINORS):
        if 0 <= MINORS.index(api) - MINORS.index(node) <= 3:
            for gates in settings(api, node):
                told = " ".join(f"{component}:{gate}={'on' if value else 'off'}" for component, given in gates.items() for gate, value in given.items())
                yield f"API server {api}, kubelet {node}" + (f", {told}" if told else ""), Law(apiserver=api, kubelet=node, gates=gates)


def settings(api: str, node: str) -> Iterator[dict[str, dict[str, bool]]]:
    """Yield the defaults, and for each component each gate that differs from its default alone."""
    yield {}
    plain = Law(apiserver=api, kubelet=node).selection
    for component in ("apiserver", "kubelet"):
        for gate in GATES:
            for value in (True, False):
                try:
                    law = Law(apiserver=api, kubelet=node, gates={component: {gate: value}})
                except LawError:
                    continue  # the minor does not know the gate, or the gate needs another
                if law.selection != plain:
                    yield {component: {gate: value}}


def pods() -> Iterator[tuple[str, str, int, Snapshot, Snapshot]]:
    """Yield pods with one container that ended, and the same with the container running anew."""
    for policy, own, (told, rules), kind, code in product(POLICIES, (None, *POLICIES), RULES.items(), ("containers", "initContainers"), (0, 1)):
        if rules and own is None:
            continue  # rules need a policy of the container (RESTART-21)
        spec: dict[str, Any] = {"name": "c", "restartPolicyRules": rules} | ({} if own is None else {"restartPolicy": own})
        manifest = {kind: [spec], **({"containers": [{"name": "app"}]} if kind != "containers" else {})}
        ended = {"name": "c", "state": {"terminated": {"exitCode": code, "reason": "Error"}}, "containerID": "x://1"}
        anew = {"name": "c", "state": {"running": {}}, "containerID": "x://2", "restartCount": 1}
        status = "containerStatuses" if kind == "containers" else "initContainerStatuses"
        made = [
            snapshot({"metadata": {"uid": "u", "name": "p"}, "spec": {"restartPolicy": policy, **manifest}, "status": {"phase": "Running", status: [one]}})
            for one in (ended, anew)
        ]
        what = "sidecar" if kind == "initContainers" and own == "Always" else "init" if kind == "initContainers" else "app"
        yield policy, f"{what} with policy {own or 'none'} and {told}", code, made[0], made[1]


def found() -> list[Refused]:
    """Return every kind of status that a kubelet caches and the API server refuses, by the server's own answer to the pod's creation."""
    refused = set()
    every = list(pods())
    for pair, law in laws():
        accepted, served = law.functions["accepted"], law.functions["api_accepts"]
        for policy, container, code, old, new in every:
            if accepted(old, new) and not served(old, new) and created(law, old):
                refused.add(Refused(pair, policy, container, code))
    return sorted(refused)


def created(law: Law, pod: Snapshot) -> bool:
    """Return whether the API server would have created such a pod; one that an older or newer server created is another matter."""
    return not law.validate({"metadata": {"name": "p", "uid": "u"}, "spec": msgspec.json.decode(pod.spec)})


def main() -> int:
    """Print the counterexamples, grouped."""
    groups: dict[tuple[str, str, int], list[str]] = {}
    for one in found():
        groups.setdefault((one.policy, one.container, one.code), []).append(one.pair)
    for (policy, container, code), pairs in groups.items():
        sys.stdout.write(f"restartPolicy {policy}, {container}, exit code {code}: {len(pairs)} pairs, for example {pairs[0]}; {pairs[-1]}\n")
    sys.stdout.write(f"{len(groups)} kinds of status are cached by a kubelet and refused by an API server\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
