"""One snapshot of a pod's history between its neighbours, and how a kind of tamper is declared on it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Literal

import msgspec

Object = dict[str, Any]
Section = Literal["app", "sidecar", "init", "ephemeral"]  # init: the regular ones
SECTIONS = {"app": "containerStatuses", "sidecar": "initContainerStatuses", "init": "initContainerStatuses", "ephemeral": "ephemeralContainerStatuses"}
TERMINAL = ("Succeeded", "Failed")


class Kind(msgspec.Struct, frozen=True):
    """One way to corrupt a history; `apply` returns None where the result would be lawful."""

    name: str
    rule: str
    sentence: str
    apply: Callable[[list[Object], int, Random], list[Object] | None]


class Moment(msgspec.Struct, frozen=True):
    """The pod to be changed, and the untouched snapshots before and after it."""

    pod: Object
    before: Object | None
    after: Object | None

    @property
    def metadata(self) -> Object:
        return self.pod["metadata"]

    @property
    def spec(self) -> Object:
        return self.pod["spec"]

    @property
    def status(self) -> Object:
        return self.pod["status"]

    @property
    def neighbours(self) -> list[Object]:
        return [one for one in (self.before, self.after) if one]

    def entries(self, *sections: Section) -> list[Entry]:
        """Return the containers of the sections that have a status here."""
        return [
            Entry(section, spec, status, named(self.before, section, status["name"]), named(self.after, section, status["name"]))
            for section, spec in containers(self.pod, *sections)
            if (status := named(self.pod, section, spec["name"]))
        ]


class Entry(msgspec.Struct, frozen=True):
    """One container of the spec with its status here, before and after."""

    section: Section
    spec: Object
    status: Object
    before: Object | None
    after: Object | None

    @property
    def state(self) -> str:
        return state(self.status)

    @property
    def body(self) -> Object:
        return self.status["state"].get(self.state, {})

    @property
    def id(self) -> str:
        return self.status.get("containerID", "")

    @property
    def last(self) -> Object:
        return self.status["lastState"].get("terminated", {})

    @property
    def never_ran(self) -> bool:
        return never_ran(self.status)

    @property
    def neighbours(self) -> list[Object]:
        return [one for one in (self.before, self.after) if one]


KINDS: list[Kind] = []
PodEdit = Callable[[Moment, Random], bool]
ContainerEdit = Callable[[Moment, Entry], bool]


def tamper(name: str, rule: str, sentence: str) -> Callable[[PodEdit], PodEdit]:
    """Declare a kind: the function changes the pod and returns True, or leaves it whole and returns False."""

    def declare(edit: PodEdit) -> PodEdit:
        def apply(documents: list[Object], index: int, random: Random) -> list[Object] | None:
            document = msgspec.json.decode(msgspec.json.encode(documents[index]))
            around = [documents[i]["object"] if 0 <= i < len(documents) else None for i in (index - 1, index + 1)]
            changed = edit(Moment(document["object"], *around), random) and document != documents[index]
            return [*documents[:index], document, *documents[index + 1 :]] if changed else None

        KINDS.append(Kind(name, rule, sentence, apply))
        return edit

    return declare


def container_tamper(name: str, rule: str, sentence: str, *sections: Section) -> Callable[[ContainerEdit], ContainerEdit]:
    """Declare a kind that changes one container's status, whichever of the sections admits it, in seeded order."""

    def declare(edit: ContainerEdit) -> ContainerEdit:
        def on_any(moment: Moment, random: Random) -> bool:
            entries = moment.entries(*sections)
            random.shuffle(entries)
            return any(edit(moment, entry) for entry in entries)

        tamper(name, rule, sentence)(on_any)
        return edit

    return declare


def put(target: Object, key: str, value: object) -> bool:
    """Set one field; say that something changed."""
    target[key] = value
    return True


def containers(pod: Object, *sections: Section) -> Iterator[tuple[Section, Object]]:
    """Iterate over the containers of the spec that belong to the sections."""
    spec = pod["spec"]
    groups: list[tuple[Section, Object]] = [("app", one) for one in spec["containers"]]
    groups += [("sidecar" if one.get("restartPolicy") == "Always" else "init", one) for one in spec.get("initContainers", [])]
    groups += [("ephemeral", one) for one in spec.get("ephemeralContainers", [])]
    return ((section, one) for section, one in groups if section in sections)


def named(pod: Object | None, section: Section, name: str) -> Object | None:
    """Return the status of that name, None where there is none."""
    return next((one for one in pod["status"].get(SECTIONS[section], []) if one["name"] == name), None) if pod else None


def state(status: Object | None) -> str:
    """Return waiting, running or terminated; empty where there is no status or no state."""
    return next(iter(status["state"]), "") if status else ""


def never_ran(status: Object) -> bool:
    """Whether no run of the container is known."""
    return state(status) == "waiting" and "terminated" not in status["lastState"]


def succeeded(status: Object) -> bool:
    """Whether the container's newest run ended with 0."""
    return state(status) == "terminated" and status["state"]["terminated"]["exitCode"] == 0


def condition(pod: Object, kind: str) -> Object:
    """Return the condition of that type; an empty one, not part of the pod, where there is none."""
    return next((one for one in pod["status"].get("conditions", []) if one["type"] == kind), {})


def deleting(pod: Object) -> bool:
    """Whether the pod has a deletion timestamp."""
    return "deletionTimestamp" in pod["metadata"]


def may_restart(pod: Object, container: Object, code: int) -> bool:
    """RESTART-01, told a second time so that the law does not judge its own examiner."""
    policy = container.get("restartPolicy")
    for rule in container.get("restartPolicyRules", []) if policy else []:
        if (code in rule["exitCodes"].get("values", [])) == (rule["exitCodes"]["operator"] == "In"):
            return True
    return {"Never": False, "OnFailure": code != 0}.get(policy or pod["spec"]["restartPolicy"], True)


def restarts_all(pod: Object) -> bool:
    """Whether a rule of the pod restarts all containers: then every container may leave terminated (RESTART-31)."""
    rules = [rule for _, one in containers(pod, "app", "sidecar", "init") for rule in one.get("restartPolicyRules", [])]
    return any(rule["action"] == "RestartAllContainers" for rule in rules)


def other_id(identifier: str) -> str:
    """Return a container id that no runtime gave."""
    return identifier[:-12] + identifier[-12:].translate(str.maketrans("0123456789abcdef", "fedcba9876543210"))


def later(instant: str, seconds: int) -> str:
    """Return the instant some seconds later."""
    moved = datetime.datetime.fromisoformat(instant) + datetime.timedelta(seconds=seconds)
    return moved.strftime("%Y-%m-%dT%H:%M:%SZ")
