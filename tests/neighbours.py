"""Manifests of pods that meet in a cluster, and what becomes of them."""

from __future__ import annotations

from typing import Any

from podlaw.cluster import Cluster
from podlaw.pod import Life

Manifest = dict[str, Any]


def pod(uid: str, name: str = "", owner: str = "", **spec: Any) -> Manifest:
    """Return a pod that one container makes, owned by a controller written as `StatefulSet/web`."""
    kind, _, of = owner.partition("/")
    owners = [{"apiVersion": "apps/v1", "kind": kind, "name": of, "uid": of, "controller": True}] if owner else []
    meta = {"name": name or uid, "namespace": "default", "uid": uid, "ownerReferences": owners}
    policy = "Always" if kind in ("ReplicaSet", "StatefulSet", "DaemonSet") else "Never"     # CTRL-07
    return {"kind": "Pod", "metadata": meta, "spec": {"restartPolicy": policy, "containers": [{"name": "app"}], **spec}}


def port(uid: str, more: Manifest | None = None, **spec: Any) -> Manifest:
    """Return a pod that asks for port 80 of its node."""
    return pod(uid, containers=[{"name": "app", "ports": [{"containerPort": 80, "hostPort": 80, **(more or {})}]}], **spec)


def claimed(uid: str, **spec: Any) -> Manifest:
    return pod(uid, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}], **spec)


def node_of(cluster: Cluster, uid: str) -> str:
    return cluster.pod(uid).node


def life(cluster: Cluster, uid: str) -> Life:
    return cluster.pods[uid].life
