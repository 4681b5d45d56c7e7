"""A snapshot as JSON: what the API would return for it."""

from __future__ import annotations

from typing import Any

from podlaw import wire
from podlaw.snapshot import CONDITIONS, Condition, Container, Snapshot


def document(pod: Snapshot) -> dict[str, Any]:
    """Return a v1 Pod as the API would return it, with the fields that the law knows."""
    meta = {
        "name": pod.name, "namespace": pod.namespace, "uid": pod.uid, "resourceVersion": pod.version, "generation": pod.generation,
        "creationTimestamp": pod.created, "deletionTimestamp": pod.deletion, "finalizers": list(pod.finalizers), "annotations": _annotations(pod),
    }  # fmt: skip
    spec = {
        "restartPolicy": pod.policy, "nodeName": pod.node, "terminationGracePeriodSeconds": pod.grace, "activeDeadlineSeconds": pod.deadline,
        "hostNetwork": pod.host_network, "readinessGates": [{"conditionType": g.type} for g in pod.readiness_gates],
        "schedulingGates": [{"name": g.name} for g in pod.scheduling_gates if g.held],
        "initContainers": [_spec(c) for c in pod.init], "containers": [_spec(c) for c in pod.app],
        "ephemeralContainers": [_spec(c) for c in pod.ephemeral if c.declared],
    }  # fmt: skip
    granted = {} if pod.deletion_grace is None else {"deletionGracePeriodSeconds": pod.deletion_grace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _present(meta) | granted, "spec": _present(spec), "status": status(pod)}


def _annotations(pod: Snapshot) -> dict[str, str]:
    """Return what tells a static pod and its mirror from others; whose mirror it is no law reads (STATIC-01)."""
    return {f"kubernetes.io/config.{name}": value for name, value, given in (("source", "file", pod.static), ("mirror", "static", pod.mirror)) if given}


def status(pod: Snapshot) -> dict[str, Any]:
    """Return the status part of a Pod's JSON."""
    listed = {
        "initContainerStatuses": [_status(c) for c in pod.init_statuses if c.state != "absent"],
        "containerStatuses": [_status(c) for c in pod.app_statuses if c.state != "absent"],
        "ephemeralContainerStatuses": [_status(c) for c in pod.ephemeral_statuses if c.state != "absent"],
    }
    plain = {
        "phase": pod.phase, "reason": pod.reason, "message": pod.message, "qosClass": pod.qos, "observedGeneration": pod.observed, "startTime": pod.start,
        "podIP": pod.ip, "podIPs": _addresses(pod.ip), "hostIP": pod.host_ip, "hostIPs": _addresses(pod.host_ip),
        "conditions": conditions(pod),
    }  # fmt: skip
    return _present({**plain, **listed})


def _addresses(ip: str) -> list[dict[str, str]]:
    return [{"ip": ip}] if ip else []


def conditions(pod: Snapshot) -> list[dict[str, Any]]:
    """Return the conditions, those the law knows first, foreign ones after them."""
    known: list[tuple[str, Condition | wire.Condition]] = [(name, getattr(pod, name)) for name in CONDITIONS if getattr(pod, name).status != "absent"]
    gates = {g.type: g for g in pod.readiness_gates}
    known += [(c.type, c) for c in pod.conditions if c.type not in CONDITIONS and (c.type not in gates or c.status == gates[c.type].status)]
    told = {name for name, _ in known}
    known += [(name, Condition(g.status)) for name, g in gates.items() if g.status != "absent" and name not in told]
    return [_present({"type": name, **_condition(c)}) for name, c in known]


def _condition(c: Condition | wire.Condition) -> dict[str, Any]:
    return {"status": c.status, "reason": c.reason, "lastTransitionTime": c.since, "observedGeneration": c.observed}


def _spec(c: Container) -> dict[str, Any]:
    rules = [{"action": r.action, "exitCodes": {"operator": r.operator, "values": list(r.values)}} for r in c.rules]
    probes = {f"{kind}Probe": _present({"terminationGracePeriodSeconds": grace}) for kind, given, grace in _probes(c) if given}
    hooks: dict[str, Any] = {name: {} for name, given in (("postStart", c.post_start), ("preStop", c.pre_stop)) if given}
    listed = {"name": c.name, "image": c.image, "restartPolicy": c.policy, "restartPolicyRules": rules, "lifecycle": hooks}
    return {**_present({**listed, **_sizes(c)}), **probes}


def _sizes(c: Container) -> dict[str, Any]:
    policy = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}] if c.resize_restart else []
    return {"resources": {"requests": {"cpu": c.cpu}} if c.cpu else {}, "resizePolicy": policy}


def _probes(c: Container) -> list[tuple[str, bool, int | None]]:
    return [("startup", c.startup, c.startup_grace), ("readiness", c.readiness, None), ("liveness", c.liveness, c.liveness_grace)]


def _status(c: Container) -> dict[str, Any]:
    started = {} if c.section == "ephemeral" else {"started": c.started}
    last = _state(c.last, c.last_reason, "", c.last_code, c.last_begin, c.last_end, c.last_run) if c.last != "none" else {}
    return {
        "name": c.name, "image": c.image, "imageID": "", "containerID": c.id, "ready": c.ready, **started, "restartCount": c.restarts,
        "state": _state(c.state, c.reason, c.message, c.code, c.begin, c.end, c.run), "lastState": last,
    }  # fmt: skip


def _state(kind: str, reason: str, message: str, code: int, begin: str | None, end: str | None, run: str) -> dict[str, Any]:
    match kind:
        case "waiting":
            return {"waiting": _present({"reason": reason, "message": message})}
        case "running":
            return {"running": _present({"startedAt": begin})}
        case "terminated":
            more = _present({"reason": reason, "message": message, "startedAt": begin, "finishedAt": end, "containerID": run})
            return {"terminated": {"exitCode": code, **more}}
        case _:
            return {}


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, 0, False)}
