"""What can notice a change of the law: its own validation, outside data in order of cost, and the project's tests."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

import exploration
from agreement import lines, outcomes
from mutant_scopes import MODEL, touched
from mutants import Mutant
from podlaw import law as laws
from podlaw.errors import InputError, LawError
from podlaw.explore import explore
from podlaw.history.check import check
from podlaw.history.read import documents
from podlaw.history.replay import Observed, recorded, replayed
from podlaw.law import Law
from podlaw.model import Model
from podlaw.snapshot import snapshot
from tampers import tampers

TESTS = Path(__file__).parent
DATA = TESTS / "data"
MINORS = ("1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
TAMPERED = (300, 20261124)  # how many, and the seed
PATIENCE = 60  # seconds of processor time for one judge of data, and for one scope; a law that takes longer has far more states open than ours
REPLAYED = {  # pods whose replay takes well under a second, and that together reach every event that recordings show, most of them three times
    "basic": "once-bad once-ok two-ok-bad retry-then-ok half oom serve instant-ok always-exit0",
    "init": "init-fail-onfailure init-then-done init-fail-never init-fail-always init-image-missing",
    "sidecar": "sc-job-bad sc-crash sc-two sc-startup",
    "rules": "init-never always-but-one-never restart-all restart-all-noinit onfailure-in-never",
    "sandbox": "lost lost-never sb-die sb-die-init sb-die-never sb-die-onf sb-fail vol vol-missing",
    "images": "flaky missing createfail slow fixed-later startfail invalid never no-config",
    "hooks": "poststart-slow poststart-fail ignores-term prestop-long force",
    "evict": "ev-2 no-tol ev-1",
    "crashloop": "crash-90s recovers crash-5s onfailure",
    "static": "st-change-node-a st-gone-node-a st-once-node-a st-run-node-a",
    "ephemeral": "debug-done debugged",
    "gates": "gate gate-probe",
    "probes": "startup-fail live-fail-never live-fail",
    "scheduling": "hp-2 hp-ip big-unsched ghost-node gated",
    "taint": "no-tol late-direct",
    "node_down": "nd-short nd-job nd-serve",
    "kubelet_restart": "kr-side kr-serve",
    "controllers": "web-78fb88b85d-w9j6z web-78fb88b85d-vd6hs bad-tl898 policy-jlk7d ok-6kzzc",
}
AROUND = ("test_derivations_cases.py", "test_cluster.py", "test_cluster_ports.py", "explore/test_nodes.py", "test_model.py", "simulate/test_simulate.py")
OWN = {  # the quick tests that read a file of the law, the likeliest first
    "derivations/why": ("history/test_why.py",),
    "derivations/stop": ("test_derivations_cases.py", "test_model*.py", "test_stops.py"),
    **dict.fromkeys(("cluster", "machines/cluster", "derivations/cluster"), AROUND),
    "derivations/": (
        "test_derivations_cases.py", "test_vectors.py", "test_versions.py", "test_oracle.py", "test_backoff.py", "test_model*.py", "history/test_why.py",
    ),
    "rules/": ("history/test_rule_cases.py", "history/test_rules.py", "test_validation.py"),
    "properties": ("test_properties.py", "test_cluster.py", "test_cluster_ports.py"),
    "validation": ("test_validation.py",),
    "graphs/": ("test_graph_guards.py", "test_graph_versions.py", "test_graphs.py"),
    **dict.fromkeys(MODEL, ("test_model*.py", "test_backoff.py", "test_stops.py", "test_oracle.py")),
    "": ("test_model*.py", "test_backoff.py", "test_oracle.py", "test_derivations_cases.py", "test_versions.py", "test_validation.py"),
}  # fmt: skip

Events = list[dict[str, Any]]  # watch events whose objects are decoded already
Noticed = str | None  # what a judge noticed, or nothing


class Evidence(msgspec.Struct, frozen=True):
    """All outside data, decoded once, with what the unchanged law says of them where that is more than `lawful`."""

    vectors: list[dict[str, Any]]
    recordings: dict[str, Events]
    histories: dict[str, tuple[Events, int | None]]  # museum and traps: the document of the first strong finding
    tampered: list[tuple[str, Events]]
    pods: list[tuple[str, list[Observed]]]  # to be replayed


@cache
def evidence() -> Evidence:
    """Read all outside data, and what the unchanged law finds in them."""
    vectors = [vector for path in sorted((DATA / "vectors").glob("*.jsonl.gz")) for vector in lines(path)]
    for vector in vectors:
        vector["pod"] = snapshot(vector["pod"])
    recordings = {path.parent.name: _events(path) for path in sorted((DATA / "traces").glob("*/watch.jsonl.gz"))}
    law = Law("1.36")
    odd = {str(path.relative_to(DATA)): _events(path) for folder in ("museum", "traps") for path in sorted((DATA / folder).rglob("*.jsonl"))}
    decoded: dict[int, dict[str, Any]] = {}
    found = [(one.kind.name, [_shared(d, decoded) for d in one.documents]) for one in tampers(DATA / "traces", *TAMPERED)]
    seen = [(name, events) for name, events in found if _first(events, law) is not None]
    return Evidence(vectors, recordings, {n: (e, _first(e, law)) for n, e in odd.items()}, seen, list(_replayed()))


def _replayed() -> Iterator[tuple[str, list[Observed]]]:
    for family, names in REPLAYED.items():
        pods = {name: pod for (name, _), pod in recorded(DATA / "traces" / family).items()}
        yield from ((f"{family}/{name}", pods[name]) for name in names.split())


def _events(path: Path) -> Events:
    return [{"type": one.event, "object": one.pod} for one in documents(path) if hasattr(one, "pod")]


def _shared(document: dict[str, Any], decoded: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Decode each document once; the tampered histories share all but one."""
    key = id(document)
    if key not in decoded:
        decoded[key] = {"type": document["type"], "object": snapshot(document["object"]), "kept": document}
    return decoded[key]


def _first(events: Events, law: Law) -> int | None:
    """Return the document of the first hard or kubelet finding."""
    return min((f.index for pod in check(events, law).pods for f in pod.findings if f.strength != "soft"), default=None)


# ---- the judges, in order


def validation(spec: Path) -> Noticed:
    """Load the law of every minor."""
    try:
        for minor in MINORS:
            Law(minor, spec=spec)
    except LawError as error:
        return str(error)
    return None


def vectors(spec: Path) -> Noticed:
    """Compare with what Kubernetes' own functions computed."""
    chosen: dict[bytes, Law] = {}
    for vector in evidence().vectors:
        key = msgspec.json.encode(vector["law"])
        if key not in chosen:
            chosen[key] = Law(**vector["law"], spec=spec)
        for what, expected, found in outcomes(chosen[key], vector):
            if expected != found:
                return f"{what} of {vector['pod'].name} is {expected}, not {found}"
    return None


def recordings(spec: Path) -> Noticed:
    """Judge every recording; all are lawful."""
    law = Law("1.36", spec=spec)
    return next((f"{family}: document {first}" for family, events in evidence().recordings.items() if (first := _first(events, law)) is not None), None)


def museum(spec: Path) -> Noticed:
    """Judge known bugs, their corrections and legal oddities; each is to be found where it was."""
    law = Law("1.36", spec=spec)
    return next((name for name, (events, first) in evidence().histories.items() if _first(events, law) != first), None)


def tampered(spec: Path) -> Noticed:
    """Judge tampered recordings; every one that the law found is to be found."""
    law = Law("1.36", spec=spec)
    return next((name for name, events in evidence().tampered if _first(events, law) is None), None)


def replay(spec: Path) -> Noticed:
    """Replay some recorded pods; each agrees from first to last."""
    model = Model(Law("1.36", spec=spec))
    for name, pod in evidence().pods:
        try:
            done = replayed(model, name, "", pod)
        except InputError as error:
            return f"{name}: {error}"
        if done.disagreements or done.agreed != done.snapshots:
            return f"{name}: {done.disagreements[0].event if done.disagreements else 'fewer snapshots'}"
    return None


def scopes(spec: Path, mutant: Mutant | None = None) -> Noticed:
    """Explore the smallest scopes: rules, properties, dead ends, goals, moves, and the counts of states."""
    law = Law("1.36", spec=spec)
    for name in touched(mutant):
        if (wrong := _patiently(partial(_scope, name, law))) is not None:
            return wrong
    return None


def _scope(name: str, law: Law) -> Noticed:
    def progress(_: int, states: int, __: float) -> None:
        if states > exploration.COUNTS[name]["states"]:
            raise MoreStatesError(name)

    return next(exploration.failures(name, explore(name, law, compiled=False, progress=progress)), None)


def own(spec: Path, mutant: Mutant | None = None) -> Noticed:
    """Run the project's quick tests on the changed law, in a process of their own with a bound on its processor time."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", "--hypothesis-seed=0"]
    given: dict[str, Any] = {"env": {**os.environ, "PODLAW_SPEC": str(spec)}, "cwd": TESTS.parent, "capture_output": True, "text": True}
    bound = partial(resource.setrlimit, resource.RLIMIT_CPU, (5 * PATIENCE, 5 * PATIENCE))
    done = subprocess.run([*command, *suites(mutant.file if mutant else "")], check=False, preexec_fn=bound, **given)
    if done.returncode < 0:
        return f"the tests do not end within {5 * PATIENCE} s"
    if done.returncode not in (0, 1, 2):
        raise JudgeError(f"pytest could not run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return None if done.returncode == 0 else next((line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "a test failed")


def suites(file: str) -> list[str]:
    """Return the quick test modules that read a file of the law; without one, all."""
    patterns = next(found for prefix, found in OWN.items() if file.startswith(prefix)) if file else dict.fromkeys(p for found in OWN.values() for p in found)
    return [str(path) for pattern in patterns for path in sorted(TESTS.glob(pattern))]


JUDGES: dict[str, Callable[[Path], Noticed]] = {
    "validation": validation, "vectors": vectors, "recordings": recordings, "museum": museum, "replay": replay, "tampers": tampered, "scopes": scopes,
    "own tests": own,
}  # fmt: skip
OUTSIDE = ("vectors", "recordings", "museum", "replay")
OURS = ("tampers", "scopes", "own tests")
MOVES = (*MODEL, "derivations/overdue", "derivations/cluster", "derivations/stop")  # read by the model alone
ANSWERS = ("derivations/columns", "derivations/why", "validation")  # read only for whoever asks about one object
JUDGED = dict.fromkeys(("recordings", "museum", "tampers"), (*MOVES, *ANSWERS, "properties"))
UNREAD = {  # what a judge never reads
    "vectors": (*MOVES, "rules", "graphs", "derivations/why", "validation", "properties"), **JUDGED,
    "replay": ("rules", "graphs", *ANSWERS, "properties"), "scopes": (*ANSWERS, "constants"),
}  # fmt: skip
CASES_FIRST = ("rules/", "graphs/", "properties")  # cases of these are quicker than exploration


def judged(spec: Path, mutant: Mutant | None = None) -> Iterator[tuple[str, Noticed]]:
    """Yield what each judge that reads the file of a mutant notices of the changed law, until one does; all judge a law without a mutant."""
    file = mutant.file if mutant else ""
    for name in sorted(JUDGES, key=lambda name: name == "scopes" and file.startswith(CASES_FIRST)):
        if not file.startswith(UNREAD.get(name, ())):
            noticed = scopes(spec, mutant) if name == "scopes" else own(spec, mutant) if name == "own tests" else _patiently(partial(JUDGES[name], spec))
            yield name, noticed
            if noticed is not None:
                return
    laws.whole.cache_clear()


class OutOfPatienceError(Exception):
    """A judge took too long."""


class MoreStatesError(Exception):
    """A scope has more states than it should."""


class JudgeError(Exception):
    """A judge could not judge at all."""


def _patiently(judge: Callable[[], Noticed]) -> Noticed:
    """Let a judge judge; a changed law that makes it fail or never end is noticed too."""
    previous = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        return judge()
    except OutOfPatienceError:
        return f"no end within {PATIENCE} s"
    except (JudgeError, OSError):
        raise
    except Exception as error:  # a changed law may fail in any way
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def _ring(number: int, frame: FrameType | None) -> None:
    raise OutOfPatienceError
