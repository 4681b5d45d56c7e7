"""Hypothesis strategies of pods as a client creates them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from podlaw.law import Law

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
POLICIES = {"app": [None, None, None, "Always", "OnFailure", "Never"], "init": [None, None, None, "OnFailure", "Never"]}  # of a container


def has(law: Law | None, gate: str) -> bool:
    """Return whether the API server of a law has a feature; without a law every feature is there."""
    return law is None or ("apiserver", gate) in law.selection.on


def rules(restart_all: bool = True) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return up to two restart rules over small exit codes (RESTART-21)."""
    actions = st.sampled_from(["Restart", "RestartAllContainers"] if restart_all else ["Restart"])
    codes = st.fixed_dictionaries({"operator": st.sampled_from(["In", "NotIn"]), "values": st.lists(st.integers(0, 3), max_size=2, unique=True)})
    return st.lists(st.fixed_dictionaries({"action": actions, "exitCodes": codes}), max_size=2)


@st.composite
def containers(draw: st.DrawFn, name: str, section: str, law: Law | None = None) -> dict[str, Any]:
    """Return one container of the spec that the API server accepts; ``section`` is app, init or sidecar."""
    made: dict[str, Any] = {"name": name, "image": f"registry.example/{name}:1"}
    if section == "sidecar":
        made["restartPolicy"] = "Always"
    elif has(law, "ContainerRestartRules") and (policy := draw(st.sampled_from(POLICIES[section]))):
        made["restartPolicy"] = policy
        made["restartPolicyRules"] = draw(rules(has(law, "RestartAllContainersOnContainerExits")))
    if section != "init":
        made |= {probe: {} for probe in PROBES if draw(st.integers(0, 3)) == 0}
        made |= {"lifecycle": {"preStop": {}}} if draw(st.integers(0, 3)) == 0 else {}
    return made


@st.composite
def manifests(draw: st.DrawFn, most_app: int = 2, most_init: int = 2, law: Law | None = None) -> dict[str, Any]:
    """Return a pod that the API server of ``law`` creates: any restart policy, app and init containers, sidecars, probes, container-level policies."""
    kinds = st.sampled_from(["init", "sidecar"] if has(law, "SidecarContainers") else ["init"])
    init = [draw(containers(f"i{n}", draw(kinds), law)) for n in range(draw(st.integers(0, most_init)))]
    app = [draw(containers(f"c{n}", "app", law)) for n in range(draw(st.integers(1, most_app)))]
    spec: dict[str, Any] = {"restartPolicy": draw(st.sampled_from(["Always", "OnFailure", "Never"])), "containers": app}
    if init:
        spec["initContainers"] = init
    if draw(st.booleans()):
        spec["volumes"] = [{"name": "scratch", "emptyDir": {}}]
    metadata = {"name": "pod", "namespace": "default", "uid": "00000000-0000-4000-8000-000000000001", "creationTimestamp": "1970-01-01T00:00:00Z"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
