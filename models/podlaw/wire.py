"""The fields of a v1 Pod that the law reads, as they stand in JSON; all others are skipped while decoding."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Struct, field

Policy = Literal["Always", "OnFailure", "Never"]
Int = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]  # what the API server can read


class Waiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class Running(Struct, frozen=True):
    begin: str | None = field(default=None, name="startedAt")


class Terminated(Struct, frozen=True):
    code: Int = field(default=0, name="exitCode")
    reason: str = ""
    message: str = ""
    signal: Int = 0
    begin: str | None = field(default=None, name="startedAt")
    end: str | None = field(default=None, name="finishedAt")
    id: str = field(default="", name="containerID")


class State(Struct, frozen=True):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class Status(Struct, frozen=True):
    name: str
    state: State | None = None
    last: State | None = field(default=None, name="lastState")
    ready: bool = False
    started: bool | None = None
    restarts: Int = field(default=0, name="restartCount")
    id: str = field(default="", name="containerID")


class Codes(Struct, frozen=True):
    operator: Literal["In", "NotIn"] = "In"
    values: tuple[Int, ...] = ()


class Rule(Struct, frozen=True):
    """One restart rule; `operator` and `values` of its exit codes are read through."""

    action: Literal["Restart", "RestartAllContainers"] = "Restart"
    codes: Codes = field(default=Codes(), name="exitCodes")

    @property
    def operator(self) -> str:
        return self.codes.operator

    @property
    def values(self) -> tuple[int, ...]:
        return self.codes.values


class Port(Struct, frozen=True):
    """One port of a container, as the node's port space has it."""

    port: Int = field(default=0, name="hostPort")
    ip: str = field(default="", name="hostIP")
    protocol: str = "TCP"


class Claimed(Struct, frozen=True):
    name: str = field(default="", name="claimName")


class Volume(Struct, frozen=True):
    """One volume; of its source only what binds it to a claim or makes it the pod's own."""

    name: str
    empty: Mapping[str, object] | None = field(default=None, name="emptyDir")
    ephemeral: Mapping[str, object] | None = None
    persistent: Claimed | None = field(default=None, name="persistentVolumeClaim")


class Command(Struct, frozen=True):
    command: tuple[str, ...] = ()


class Probe(Struct, frozen=True):
    """A probe; 0 stands for a default, but of the delay, and `exec` is none where it asks by network."""

    exec: Command | None = None
    delay: Int = field(default=0, name="initialDelaySeconds")
    period: Int = field(default=0, name="periodSeconds")
    timeout: Int = field(default=0, name="timeoutSeconds")
    failures: Int = field(default=0, name="failureThreshold")
    successes: Int = field(default=0, name="successThreshold")
    grace: Int | None = field(default=None, name="terminationGracePeriodSeconds")


class Hook(Struct, frozen=True):
    """A lifecycle hook; `exec` is none where it is no command."""

    exec: Command | None = None


class Lifecycle(Struct, frozen=True):
    post_start: Hook | None = field(default=None, name="postStart")
    pre_stop: Hook | None = field(default=None, name="preStop")


class Resources(Struct, frozen=True):
    """What a container or a pod asks for and may use, by the name of the resource."""

    requests: dict[str, str | float] = {}
    limits: dict[str, str | float] = {}

    @property
    def cpu(self) -> str:
        """What is requested of cpu."""
        return str(self.requests.get("cpu", ""))

    @property
    def sized(self) -> bool:
        """Whether it names some cpu or memory, and not none of it."""
        every = (*self.requests.items(), *self.limits.items())
        return any(name in ("cpu", "memory") and re.search("[1-9]", str(quantity)) for name, quantity in every)


class ResizePolicy(Struct, frozen=True):
    resource: str = field(default="", name="resourceName")
    restart: str = field(default="", name="restartPolicy")


class Container(Struct, frozen=True):
    name: str
    image: str = ""
    policy: Policy | None = field(default=None, name="restartPolicy")
    rules: tuple[Rule, ...] = field(default=(), name="restartPolicyRules")
    startup: Probe | None = field(default=None, name="startupProbe")
    readiness: Probe | None = field(default=None, name="readinessProbe")
    liveness: Probe | None = field(default=None, name="livenessProbe")
    lifecycle: Lifecycle | None = None
    ports: tuple[Port, ...] = ()
    resize: tuple[ResizePolicy, ...] = field(default=(), name="resizePolicy")
    resources: Resources = Resources()


class Condition(Struct, frozen=True):
    type: str
    status: Literal["True", "False", "Unknown"] = "Unknown"
    reason: str = ""
    message: str = ""
    since: str | None = field(default=None, name="lastTransitionTime")
    observed: Int = field(default=0, name="observedGeneration")


class ReadinessGate(Struct, frozen=True):
    type: str = field(name="conditionType")


class SchedulingGate(Struct, frozen=True):
    name: str


class Address(Struct, frozen=True):
    ip: str = ""


class Toleration(Struct, frozen=True):
    """A toleration; without `seconds` it holds for ever."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    seconds: Int | None = field(default=None, name="tolerationSeconds")


class Managed(Struct, frozen=True):
    """One entry of `managedFields`: who wrote last, when, and through which subresource."""

    manager: str = ""
    time: str = ""
    subresource: str = ""


class Owner(Struct, frozen=True):
    """One owner; the controller, if any, is the one that replaces the pod."""

    kind: str = ""
    name: str = ""
    controller: bool = False


class Metadata(Struct, frozen=True):
    uid: str
    name: str = ""
    namespace: str = "default"
    version: str = field(default="", name="resourceVersion")
    generation: Int = 0
    created: str | None = field(default=None, name="creationTimestamp")
    deletion: str | None = field(default=None, name="deletionTimestamp")
    deletion_grace: Int | None = field(default=None, name="deletionGracePeriodSeconds")
    finalizers: tuple[str, ...] = ()
    annotations: dict[str, str] = {}
    managed: tuple[Managed, ...] = field(default=(), name="managedFields")
    owners: tuple[Owner, ...] = field(default=(), name="ownerReferences")


class Spec(Struct, frozen=True):
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = field(default=(), name="initContainers")
    ephemeral_containers: tuple[Container, ...] = field(default=(), name="ephemeralContainers")
    policy: Policy | None = field(default=None, name="restartPolicy")
    node: str = field(default="", name="nodeName")
    host_network: bool = field(default=False, name="hostNetwork")
    deadline: Int | None = field(default=None, name="activeDeadlineSeconds")
    grace: Int | None = field(default=None, name="terminationGracePeriodSeconds")
    priority: Int = 0
    resources: Resources = Resources()
    readiness_gates: tuple[ReadinessGate, ...] = field(default=(), name="readinessGates")
    scheduling_gates: tuple[SchedulingGate, ...] = field(default=(), name="schedulingGates")
    tolerations: tuple[Toleration, ...] = ()
    volumes: tuple[Volume, ...] = ()


class PodStatus(Struct, frozen=True):
    phase: Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"] = "Pending"
    reason: str = ""
    message: str = ""
    qos: str = field(default="", name="qosClass")
    observed: Int = field(default=0, name="observedGeneration")
    start: str | None = field(default=None, name="startTime")
    ip: str = field(default="", name="podIP")
    ips: tuple[Address, ...] = field(default=(), name="podIPs")
    host_ip: str = field(default="", name="hostIP")
    host_ips: tuple[Address, ...] = field(default=(), name="hostIPs")
    nominated: str = field(default="", name="nominatedNodeName")
    resize: str = ""
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[Status, ...] | None = field(default=None, name="containerStatuses")
    init_container_statuses: tuple[Status, ...] | None = field(default=None, name="initContainerStatuses")
    ephemeral_container_statuses: tuple[Status, ...] | None = field(default=None, name="ephemeralContainerStatuses")


class Pod(Struct, frozen=True):
    metadata: Metadata
    spec: msgspec.Raw  # as given; `spec` decodes it
    status: PodStatus = PodStatus()
    kind: Literal["Pod", ""] = ""


DECODER: Final = msgspec.json.Decoder(Pod)
_SPECS: Final = msgspec.json.Decoder(Spec)


@lru_cache(maxsize=1024)
def spec(text: bytes) -> Spec:
    """Return a decoded spec; the snapshots of one pod share it, for a spec seldom changes."""
    try:
        return _SPECS.decode(text)
    except msgspec.ValidationError as error:
        wrong, _, place = str(error).partition(" - at `$")
        raise msgspec.ValidationError(f"{wrong} - at `$.spec{place or '`'}") from None


def sentence(error: Exception) -> str:
    """Turn a decoder's error into what is wrong, at which field, and the remedy."""
    text, _, place = str(error).partition(" - at `")
    if isinstance(error, msgspec.ValidationError):
        where = place.rstrip("`").removeprefix("$.") or "the document"
        text = re.sub(r"Object missing required field `(\w+)`", r"the required field '\1' is missing", text)
        return f"{text[:200]} at {where}; give a v1 Pod as kubectl get -o json prints it"
    return f"not JSON ({text}); give one whole JSON document"


def plain(value: Any) -> Any:
    """Return dicts, lists and texts for an official client object; other values are returned as they are."""
    mapping = getattr(type(value), "attribute_map", None)
    if mapping is not None:
        parts = {json: getattr(value, python) for python, json in mapping.items()}
        return {json: plain(part) for json, part in parts.items() if part is not None}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
