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

from podlaw.errors import InputError, LawError
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


def manifests() -> Iterator[tuple[str, str, int, dict[str, Any], str]]:
    """Yield pods with one container whose policies and rules vary, an exit code, and the list of its status."""
    for policy, own, (told, rules), kind, code in product(POLICIES, (None, *POLICIES), RULES.items(), ("containers", "initContainers"), (0, 1)):
        if not rules or own is not None:  # rules need a policy of the container (RESTART-21)
            spec: dict[str, Any] = {"name": "c", "restartPolicyRules": rules} | ({} if own is None else {"restartPolicy": own})
            lists = {kind: [spec], **({"containers": [{"name": "app"}]} if kind != "containers" else {})}
            what = "sidecar" if kind == "initContainers" and own == "Always" else "init" if kind == "initContainers" else "app"
            manifest = {"metadata": {"uid": "u", "name": "p"}, "spec": {"restartPolicy": policy, **lists}}
            yield policy, f"{what} with policy {own or 'none'} and {told}", code, manifest, kind.replace("ontainers", "ontainerStatuses")


def steps(law: Law) -> Iterator[tuple[str, str, int, Snapshot, Snapshot]]:
    """Yield every pod that the API server would create, as it stores it, with its container ended and running anew."""
    for policy, container, code, manifest, statuses in manifests():
        try:
            stored = law.admit(manifest)
        except InputError:
            continue
        ended = {"name": "c", "state": {"terminated": {"exitCode": code, "reason": "Error"}}, "containerID": "x://1"}
        anew = {"name": "c", "state": {"running": {}}, "containerID": "x://2", "restartCount": 1}
        old, new = (snapshot({**stored, "status": {"phase": "Running", statuses: [one]}}) for one in (ended, anew))
        yield policy, container, code, old, new


def found() -> list[Refused]:
    """Return every kind of status that a kubelet caches and the API server that created the pod refuses."""
    refused = set()
    for pair, law in laws():
        accepted, served = law.functions["accepted"], law.functions["api_accepts"]
        for policy, container, code, old, new in steps(law):
            if accepted(old, new) and not served(old, new):
                refused.add(Refused(pair, policy, container, code))
    return sorted(refused)


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
