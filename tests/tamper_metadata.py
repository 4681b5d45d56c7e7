"""Tampers of what the API server keeps: identity, spec, deletion, generations; and of addresses and start time."""

from __future__ import annotations

from random import Random

from tamper_moment import Moment, containers, deleting, later, put, tamper


@tamper("name-changes", "TRACE-01")
def name(m: Moment, _: Random) -> bool:
    """The pod has another name in one snapshot; the API server never renames an object."""
    return bool(m.neighbours) and put(m.metadata, "name", m.metadata["name"] + "-x")


@tamper("namespace-changes", "TRACE-01")
def namespace(m: Moment, _: Random) -> bool:
    """The pod is in another namespace in one snapshot; the API server never moves an object."""
    return bool(m.neighbours) and put(m.metadata, "namespace", m.metadata["namespace"] + "-x")


@tamper("creation-changes", "TRACE-01")
def creation(m: Moment, _: Random) -> bool:
    """The creation timestamp is a minute later in one snapshot; it is set once, at creation."""
    return bool(m.neighbours) and put(m.metadata, "creationTimestamp", later(m.metadata["creationTimestamp"], 60))


@tamper("node-changes", "TRACE-02")
def node(m: Moment, _: Random) -> bool:
    """A bound pod is on another node in one snapshot; a pod is bound once."""
    bound = "nodeName" in m.spec and any("nodeName" in one["spec"] for one in m.neighbours)
    return bound and put(m.spec, "nodeName", m.spec["nodeName"] + "-x")


@tamper("node-vanishes", "TRACE-02")
def node_vanishes(m: Moment, _: Random) -> bool:
    """A bound pod has no node in one snapshot; no write unbinds a pod."""
    return bool(m.before and "nodeName" in m.before["spec"]) and bool(m.spec.pop("nodeName"))


@tamper("scheduling-gate-on-bound-pod", "TRACE-03")
def gate(m: Moment, _: Random) -> bool:
    """A bound pod has a scheduling gate; gates are set only at creation, and a gated pod cannot be bound."""
    return "nodeName" in m.spec and put(m.spec, "schedulingGates", [{"name": "example.com/late"}])


@tamper("restart-policy-changes", "TRACE-07")
def policy(m: Moment, random: Random) -> bool:
    """The pod's restart policy is another in one snapshot; it is immutable."""
    others = [one for one in ("Always", "OnFailure", "Never") if one != m.spec["restartPolicy"]]
    return bool(m.neighbours) and put(m.spec, "restartPolicy", random.choice(others))


@tamper("arguments-change", "TRACE-06")
def arguments(m: Moment, random: Random) -> bool:
    """A container has one argument more in one snapshot; only its image may change."""
    one = random.choice(m.spec["containers"])
    return bool(m.neighbours) and put(one, "args", [*one.get("args", []), "--more"])


@tamper("toleration-vanishes", "TRACE-06")
def toleration(m: Moment, _: Random) -> bool:
    """A toleration of the snapshot before is gone; tolerations may only be added."""
    held = bool(m.before and m.before["spec"].get("tolerations") and m.before["spec"]["tolerations"] == m.spec["tolerations"])
    return held and put(m.spec, "tolerations", m.spec["tolerations"][1:])


@tamper("readiness-gate-vanishes", "TRACE-06")
def readiness_gate(m: Moment, _: Random) -> bool:
    """A readiness gate is missing in one snapshot; readiness gates are immutable."""
    return bool(m.neighbours and m.spec.get("readinessGates")) and put(m.spec, "readinessGates", m.spec["readinessGates"][1:])


@tamper("probe-vanishes", "TRACE-06")
def probe(m: Moment, random: Random) -> bool:
    """A container has no probe in one snapshot, and one beside it; probes are immutable."""
    kinds = ("startupProbe", "readinessProbe", "livenessProbe")
    held = [(one, kind) for _, one in containers(m.pod, "app", "sidecar") for kind in kinds if kind in one]
    if not held or not m.neighbours:
        return False
    one, kind = random.choice(held)
    return bool(one.pop(kind))


@tamper("spec-grace-changes", "TERM-07")
def spec_grace(m: Moment, _: Random) -> bool:
    """The spec's grace period is ten seconds longer in one snapshot; it is immutable unless negative."""
    return bool(m.neighbours) and put(m.spec, "terminationGracePeriodSeconds", m.spec["terminationGracePeriodSeconds"] + 10)


@tamper("deadline-grows", "API-02")
def deadline(m: Moment, _: Random) -> bool:
    """The active deadline is later than in the snapshot before; it may only be shortened."""
    old = (m.before or m.pod)["spec"].get("activeDeadlineSeconds")
    return bool(m.before and old) and put(m.spec, "activeDeadlineSeconds", old + 60)


@tamper("qos-class-changes", "TRACE-08")
def qos(m: Moment, random: Random) -> bool:
    """The QoS class is another in one snapshot; it is immutable once set."""
    others = [one for one in ("BestEffort", "Burstable", "Guaranteed") if one != m.status["qosClass"]]
    return any(one["status"].get("qosClass") for one in m.neighbours) and put(m.status, "qosClass", random.choice(others))


@tamper("generation-decreases", "TRACE-09")
def generation(m: Moment, _: Random) -> bool:
    """The generation is below that of the snapshot before; the API server only raises it."""
    return bool(m.before) and put(m.metadata, "generation", m.before["metadata"]["generation"] - 1)


@tamper("generation-ahead", "TRACE-09")
def generation_ahead(m: Moment, _: Random) -> bool:
    """The generation is above that of the next snapshot; the API server never lowers it."""
    return bool(m.after) and put(m.metadata, "generation", m.after["metadata"]["generation"] + 1)


@tamper("deletion-without-generation", "TRACE-09")
def deletion_generation(m: Moment, _: Random) -> bool:
    """The deletion timestamp appears while the generation stays; the first deletion raises it by one."""
    first = m.before and deleting(m.pod) and not deleting(m.before)
    return bool(first) and put(m.metadata, "generation", m.before["metadata"]["generation"])


@tamper("observed-generation-ahead", "TRACE-10")
def observed(m: Moment, _: Random) -> bool:
    """The observed generation is above the generation; a kubelet cannot have seen it yet."""
    return "observedGeneration" in m.status and put(m.status, "observedGeneration", m.metadata["generation"] + 1)


@tamper("observed-generation-decreases", "TRACE-10")
def observed_decreases(m: Moment, _: Random) -> bool:
    """The observed generation is below that of the snapshot before; the kubelet keeps the highest it has seen."""
    old = m.before["status"].get("observedGeneration", 0) if m.before else 0
    return old >= 2 and put(m.status, "observedGeneration", old - 1)


@tamper("condition-generation-ahead", "TRACE-10")
def condition_observed(m: Moment, random: Random) -> bool:
    """A condition's observed generation is above the pod's; its writer cannot have seen it yet."""
    known = [one for one in m.status.get("conditions", []) if "observedGeneration" in one]
    return bool(known) and put(random.choice(known), "observedGeneration", m.metadata["generation"] + 1)


@tamper("deletion-vanishes", "TRACE-04")
def deletion_vanishes(m: Moment, _: Random) -> bool:
    """A deleting pod has no deletion timestamp in one snapshot; a deletion is never taken back."""
    return bool(m.before and deleting(m.before)) and bool(m.metadata.pop("deletionTimestamp"))


@tamper("deletion-too-early", "TRACE-04")
def deletion_too_early(m: Moment, _: Random) -> bool:
    """A deletion timestamp stands in one snapshot and not in the next; a deletion is never taken back."""
    alive = m.after and not deleting(m.pod) and not deleting(m.after)
    return bool(alive) and put(m.metadata, "deletionTimestamp", later(m.metadata["creationTimestamp"], 30))


@tamper("deletion-grace-grows", "TRACE-04")
def deletion_grace(m: Moment, _: Random) -> bool:
    """The deletion's grace period is longer than in the snapshot before; a later request may only shorten it."""
    old = m.before["metadata"].get("deletionGracePeriodSeconds") if m.before else None
    return old is not None and put(m.metadata, "deletionGracePeriodSeconds", old + 30)


@tamper("deletion-grace-vanishes", "TERM-01")
def deletion_grace_vanishes(m: Moment, _: Random) -> bool:
    """A deletion timestamp stands without a grace period; the API server sets both in one write."""
    return deleting(m.pod) and m.metadata.pop("deletionGracePeriodSeconds", None) is not None


@tamper("finalizer-added-while-deleting", "TRACE-05")
def finalizer(m: Moment, _: Random) -> bool:
    """A finalizer appears after the deletion timestamp; the API server refuses that."""
    late = m.before and deleting(m.before)
    return bool(late) and put(m.metadata, "finalizers", [*m.metadata.get("finalizers", []), "example.com/late"])


@tamper("nominated-node-on-bound-pod", "TRACE-39")
def nominated(m: Moment, _: Random) -> bool:
    """A bound pod is nominated for a node anew; the API server refuses that since 1.35."""
    bound = m.before and "nodeName" in m.before["spec"] and "nominatedNodeName" not in m.before["status"]
    return bool(bound) and put(m.status, "nominatedNodeName", "node-x")


@tamper("address-is-not-the-first", "TRACE-34")
def address(m: Moment, _: Random) -> bool:
    """podIP is not the first of podIPs; the API server makes them equal."""
    return "podIP" in m.status and put(m.status, "podIP", "10.99.99.99")


@tamper("two-addresses-of-one-family", "TRACE-34")
def addresses(m: Moment, _: Random) -> bool:
    """podIPs has two IPv4 addresses; there is at most one of a family."""
    single = len(m.status.get("podIPs", [])) == 1 and "." in m.status["podIP"]
    return single and put(m.status, "podIPs", [*m.status["podIPs"], {"ip": "10.99.99.99"}])


@tamper("start-time-changes", "TRACE-31")
def start(m: Moment, _: Random) -> bool:
    """The start time is a minute later in one snapshot; the kubelet sets it once."""
    known = "startTime" in m.status and any("startTime" in one["status"] for one in m.neighbours)
    return known and put(m.status, "startTime", later(m.status["startTime"], 60))


@tamper("start-time-vanishes", "TRACE-31")
def start_vanishes(m: Moment, _: Random) -> bool:
    """A start time of the snapshot before is gone; the kubelet never clears it."""
    return bool(m.before and "startTime" in m.before["status"]) and bool(m.status.pop("startTime"))
