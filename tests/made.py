"""Containers, pods and lives of the model made from small dicts, as tests/data/guards writes them."""

from typing import Any

from msgspec.structs import replace

from podlaw import wire
from podlaw.facts import HostPort, Volume
from podlaw.pod import Life, Process, Run, begin, with_containers
from podlaw.snapshot import CONDITIONS, Condition, Container, ReadinessGate, SchedulingGate, Snapshot
from podlaw.world import Budget, Claim, Controller, FailureRule, Node, World

Case = dict[str, Any]
LISTED = {"readiness_gates": ReadinessGate, "scheduling_gates": SchedulingGate, "host_ports": HostPort, "volumes": Volume, "tolerations": wire.Toleration}
AROUND = {"node": Node, "claim": Claim}


def container(given: Case) -> Container:
    rules = tuple(wire.Rule(r["action"], wire.Codes(r.get("operator", "In"), tuple(r["values"]))) for r in given.get("rules", ()))
    return Container(**{"name": "c", **given, "rules": rules})


def pod(given: Case) -> Snapshot:
    """Build a pod of containers in any order; each takes its place among those of its section."""
    fields = {name: Condition(**value) if name in CONDITIONS else value for name, value in given.items() if name != "containers"}
    fields |= {name: tuple(gate(**g) if isinstance(g, dict) else gate(g) for g in given[name]) for name, gate in LISTED.items() if name in given}
    made = [container(c) for c in given.get("containers", [{}])]
    sections = [[c for c in made if c.section == section] for section in ("init", "app", "ephemeral")]
    empty = Snapshot("default", "pod", "uid", tuple(sections[1]), init=tuple(sections[0]), ephemeral=tuple(sections[2]))
    return replace(with_containers(empty, [c for section in sections for c in section]), **fields)


def process(given: Case) -> Process:
    records = {name: Run(**value) for name, value in given.items() if name in ("run", "older", "seen", "seen_older")}
    return Process(**{"place": 0, **given, "spec": container(given.get("spec", {})), **records})


def life(given: Case) -> Life:
    pods = {name: pod(value) for name, value in given.items() if name in ("api", "cached", "picked")}
    processes = tuple(map(process, given.get("processes", ())))
    return replace(begin(pods.get("api", pod({})), 0.0), **{**given, **pods, **held(given), "processes": processes})


def held(given: Case) -> dict[str, Condition]:
    """Build the conditions that the status manager holds beside the statuses."""
    return {name: Condition(**value) for name, value in given.items() if name in ("resize_pending", "resize_progress")}


def controller(given: Case) -> Controller:
    return Controller(**{**given, "failures": tuple(FailureRule(**rule) for rule in given.get("failures", ()))})


def world(given: Case) -> World:
    """Build what is around a pod: pods as `life` takes them, nodes, claims, controllers and budgets by their fields."""
    parts = {"nodes": Node, "claims": Claim, "budgets": Budget}
    around = {name: tuple(kind(**one) for one in given.get(name, ())) for name, kind in parts.items()}
    return World(tuple(map(life, given.get("pods", ()))), controllers=tuple(map(controller, given.get("controllers", ()))), **around)
