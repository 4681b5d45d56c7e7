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
    """The pod to be changed, and the untouched snapshots before and after it; empty where there is none."""

    pod: Object
    before: Object
    after: Object

    @property
    def metadata(self) -> Object:
        return part(self.pod, "metadata")

    @property
    def spec(self) -> Object:
        return part(self.pod, "spec")

    @property
    def status(self) -> Object:
        return part(self.pod, "status")

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
    """One container of the spec with its status here, before and after; empty where there is none."""

    section: Section
    spec: Object
    status: Object
    before: Object
    after: Object

    @property
    def state(self) -> str:
        return state(self.status)

    @property
    def body(self) -> Object:
        return part(self.status["state"], self.state)

    @property
    def id(self) -> str:
        return str(self.status.get("containerID", ""))

    @property
    def last(self) -> Object:
        return part(self.status["lastState"], "terminated")

    @property
    def never_ran(self) -> bool:
        return never_ran(self.status)

    @property
    def neighbours(self) -> list[Object]:
        return [one for one in (self.before, self.after) if one]


KINDS: list[Kind] = []
PodEdit = Callable[[Moment, Random], bool]
ContainerEdit = Callable[[Moment, Entry], bool]


def tamper(name: str, rule: str) -> Callable[[PodEdit], PodEdit]:
    """Declare a kind: the function changes the pod and returns True, or leaves it whole and returns False; its docstring is the sentence."""

    def declare(edit: PodEdit) -> PodEdit:
        def apply(documents: list[Object], index: int, random: Random) -> list[Object] | None:
            document = msgspec.json.decode(msgspec.json.encode(documents[index]))
            around = [documents[i]["object"] if 0 <= i < len(documents) else {} for i in (index - 1, index + 1)]
            changed = edit(Moment(document["object"], *around), random) and document != documents[index]
            return [*documents[:index], document, *documents[index + 1 :]] if changed else None

        KINDS.append(Kind(name, rule, edit.__doc__ or "", apply))
        return edit

    return declare


def container_tamper(name: str, rule: str, *sections: Section) -> Callable[[ContainerEdit], ContainerEdit]:
    """Declare a kind that changes one container's status, whichever of the sections admits it, in seeded order."""

    def declare(edit: ContainerEdit) -> ContainerEdit:
        def on_any(moment: Moment, random: Random) -> bool:
            entries = moment.entries(*sections)
            random.shuffle(entries)
            return any(edit(moment, entry) for entry in entries)

        on_any.__doc__ = edit.__doc__
        tamper(name, rule)(on_any)
        return edit

    return declare


def put(target: Object, key: str, value: object) -> bool:
    """Set one field; say that something changed."""
    target[key] = value
    return True


def part(whole: Object, key: str) -> Object:
    """Return the object under that key; an empty one, not part of the whole, where there is none."""
    found: Object = whole.get(key, {})
    return found


def containers(pod: Object, *sections: Section) -> Iterator[tuple[Section, Object]]:
    """Iterate over the containers of the spec that belong to the sections."""
    spec = pod["spec"]
    groups: list[tuple[Section, Object]] = [("app", one) for one in spec["containers"]]
    groups += [("sidecar" if one.get("restartPolicy") == "Always" else "init", one) for one in spec.get("initContainers", [])]
    groups += [("ephemeral", one) for one in spec.get("ephemeralContainers", [])]
    return ((section, one) for section, one in groups if section in sections)


def named(pod: Object, section: Section, name: str) -> Object:
    """Return the status of that name, an empty one where there is none."""
    return next((one for one in pod["status"].get(SECTIONS[section], []) if one["name"] == name), {}) if pod else {}


def state(status: Object) -> str:
    """Return waiting, running or terminated; empty where there is no status or no state."""
    return next(iter(status.get("state", {})), "")


def never_ran(status: Object) -> bool:
    """Whether no run of the container is known."""
    return state(status) == "waiting" and "terminated" not in status["lastState"]


def first_run(status: Object) -> bool:
    """Whether a container that was to exit is in or before its first run."""
    return state(status) in ("running", "waiting") and not status["lastState"] and not status["restartCount"]


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
