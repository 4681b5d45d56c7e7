"""Every rule of the law by itself: what breaks it, what comes close and keeps it, and which versions and writes it speaks of."""

from functools import cache
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from made import pod
from podlaw.law import Law
from podlaw.snapshot import snapshot

PUBLISHED = {"metadata", "spec", "status"}  # a pod written as Kubernetes publishes it
MINORS = [f"1.{minor}" for minor in range(28, 37)]


def declared():
    """Yield every rule of tests/data/rules, with what all rules of its file share."""
    for path in sorted((Path(__file__).parent.parent / "data" / "rules").glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        yield from ({**content["all"], **rule} for rule in content["rules"])


DECLARED = list(declared())
BREAKS = [pytest.param(rule, case, id=f"{rule['id']}-{i}") for rule in DECLARED for i, case in enumerate(rule["breaks"])]
KEEPS = [pytest.param(rule, case, id=f"{rule['id']}-{i}") for rule in DECLARED for i, case in enumerate(rule["keeps"])]


@cache
def law(apiserver="1.36", kubelet="1.36", gate="", on=False, by="kubelet"):
    return Law(apiserver=apiserver, kubelet=kubelet, gates={by: {gate: on}} if gate else {})


def own_law(rule, case):
    """Return the law that a case is judged by: the newest, but for what the case or the rule itself asks for."""
    return law(gate=rule.get("without", ""), by=rule["by"], **case.get("law", {}))


def published(given, own):
    """Return a pod: fields of its snapshot, or an object as it is published; `own` is its container c."""
    if PUBLISHED & given.keys():
        meta, spec = {"name": "pod", "uid": "uid", **given.get("metadata", {})}, {"containers": [{"name": "c"}], **given.get("spec", {})}
        return snapshot({"metadata": meta, "spec": spec, "status": given.get("status", {})})
    containers = [*given.get("containers", []), *([own] if own is not None else [])] or [{}]
    return pod({"known": any("state" in c for c in containers), **given, "containers": containers})


def pair(case):
    """Return the pod and, for a step, the one before it."""
    both, still = case.get("both", {}), case.get("is", {})
    own = {**still, **case["c"]} if "c" in case else still or None
    after = published({**both, **case.get("pod", {})}, own)
    if not {"old", "b"} & case.keys():
        return after, None
    return after, published({**both, **case.get("old", {})}, {**still, **case["b"]} if "b" in case else own)


def found(rule, case, law, adjacent=True, writers=()):
    """Return how a law finds that one rule broken: by whom it is kept, what it promises and how strong it is."""
    after, before = pair(case)
    after, out = replace(after, authors=writers), []
    rules = law.requests if rule["seen"] == "request" else law.rules
    if before is None:
        rules.always(after, "NONE", set(), out)
    else:
        rules.step(after, case.get("event", "MODIFIED"), before, adjacent, out)
    broken = {number: rules.rules[number] for number, *_ in out}
    return [(r.spec.by, r.spec.promise, r.strength) for r in broken.values() if _is(rule, r.spec)]


def _is(rule, spec):
    return spec.id == rule["id"] and spec.says.startswith(rule["says"])


def expected(rule):
    strength = "soft" if rule["promise"] == "quirk" else {"apiserver": "hard", "kubelet": "kubelet"}[rule["by"]]
    return [(rule["by"], rule["promise"], strength)]


@pytest.mark.parametrize(("rule", "case"), BREAKS)
def test_it_is_broken(rule, case):
    assert expected(rule) == found(rule, case, own_law(rule, case))


@pytest.mark.parametrize(("rule", "case"), KEEPS)
def test_it_is_kept(rule, case):
    assert found(rule, case, own_law(rule, case)) == []


@pytest.mark.parametrize("rule", DECLARED, ids=[rule["id"] for rule in DECLARED])
def test_it_is_judged_over_a_gap_unless_it_speaks_of_successive_versions(rule):
    judged = [found(rule, case, own_law(rule, case), adjacent=False) for case in rule["breaks"]]
    assert [[] if rule["seen"] == "adjacent" else expected(rule)] * len(rule["breaks"]) == judged


@pytest.mark.parametrize("rule", [rule for rule in DECLARED if "since" in rule], ids=lambda rule: rule["id"])
def test_it_holds_from_a_minor_of_its_own_component_on(rule):
    assert MINORS[MINORS.index(rule["since"]) :] == [minor for minor in MINORS if found(rule, rule["breaks"][0], skewed(rule["by"], minor))]


def skewed(by, minor):
    """Return the law of one minor of a component, and of another minor, as far away as may be, of the other component."""
    place = MINORS.index(minor)
    older, newer = MINORS[max(place - 3, 0)], MINORS[min(place + 3, len(MINORS) - 1)]
    return law(apiserver=minor, kubelet=older) if by == "apiserver" else law(apiserver=newer, kubelet=minor)


@pytest.mark.parametrize(("rule", "gate", "held"), [(rule, rule[key], key == "gate") for rule in DECLARED for key in ("gate", "without") if key in rule])
def test_it_holds_only_with_its_gate_or_only_without(rule, gate, held):
    assert [expected(rule), []] == [found(rule, rule["breaks"][0], law(gate=gate, on=on, by=rule["by"])) for on in (held, not held)]


WRITERS = {("kubelet",): True, ("k3s",): True, ("microshift",): True, ("virtual-kubelet", "kubelet"): True, ("virtual-kubelet",): False, (): True}


@pytest.mark.parametrize("rule", DECLARED, ids=[rule["id"] for rule in DECLARED])
def test_a_kubelets_rule_judges_what_a_kubelet_may_have_written_and_an_api_servers_what_anybody_wrote(rule):
    judged = [names for names in WRITERS if found(rule, rule["breaks"][0], own_law(rule, rule["breaks"][0]), writers=names)]
    assert [names for names, kubelets in WRITERS.items() if kubelets or rule["by"] == "apiserver"] == judged


@pytest.mark.parametrize("rule", DECLARED, ids=[rule["id"] for rule in DECLARED])
def test_its_cases_are_all_of_one_version_of_a_pod_or_all_of_two(rule):
    assert len({bool({"old", "b"} & case.keys()) for case in (*rule["breaks"], *rule["keeps"])}) == 1


def test_every_rule_of_the_law_is_here_and_has_the_id_that_it_had():
    named = [[(rule["id"], rule["says"]) for rule in DECLARED if _is(rule, spec)] for spec in (one.spec for one in law().whole.rulebook.rules)]
    assert sorted([(rule["id"], rule["says"])] for rule in DECLARED) == sorted(named)
