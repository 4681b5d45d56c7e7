"""The evidence, check by check: each returns a question, what answers it, the figure, and whether it holds."""

from __future__ import annotations

import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import agreement
import exploration
import rule_ids
from named import reasons
from podlaw.errors import PodlawError
from podlaw.history.check import Finding, Report, check
from podlaw.history.replay import Replayed, replay
from podlaw.law import SPEC, Law
from podlaw.tables import listed
from podlaw.testing import stateful
from tampers import tampers

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
FEW = 50  # a row decided less often needs a hand-made case
SEED, TAMPERS, LEAST = 20261124, 1000, 950
AGREEING, WRITES = 0.95, 0.99  # the least shares of the pods of each family, and of all writes, that must agree
SHOWN = 0.95  # the least share of the encoded rules that must be reached and have a noticed mutant
MISSED = 2  # known bugs that may go unseen
# No shrinking: a table wants an answer, not the smallest life.
LIVES = settings(max_examples=120, stateful_step_count=60, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
MOVES = 0.65  # the least share of the law's moves that random lives take; failed attempts to start, told apart by back-off, are rare in them

Family = Callable[[], "Evidence"]


class Evidence(msgspec.Struct, frozen=True):
    """One line of the table."""

    question: str
    evidence: str
    figure: str
    holds: bool
    failures: list[str] = []


def law() -> Law:
    """Return the law of the recordings."""
    return Law("1.36")


def vectors() -> Evidence:
    """Compare phase, conditions and columns with what Kubernetes' own functions computed."""
    found = {name: agreement.vectors(name) for name in agreement.names()}
    results = sum(a.results for a in found.values())
    failures = [f"{name}: {text}" for name, a in found.items() for text in a.differences]
    figure = f"{results - len(failures):,} of {results:,} results agree"
    versions = ", ".join(name.removeprefix("kubelet-") for name in found)
    return Evidence("Same answer as the kubelet?", f"phase, conditions and columns of random pods, {versions}", figure, not failures, failures)


def rows() -> Evidence:
    """Every row decides often among the vectors, or has a hand-made case."""
    decided: Counter[agreement.Row] = sum((agreement.vectors(name).decided for name in agreement.names()), Counter())
    cases = Counter((case["table"], case["row"]) for case in agreement.cases())
    every = agreement.rows()
    bare = [f"{table}/{row}: {decided[table, row]} vectors, no case" for table, row in every if decided[table, row] < FEW and not cases[table, row]]
    many = sum(decided[row] >= FEW for row in every)
    figure = f"{many} of {len(every)} rows decide {FEW} times or more, {len(every) - many - len(bare)} others have hand-made cases"
    return Evidence("Is every row of a table exercised?", "how often each row decides a vector", figure, not bare, bare)


def rules() -> Evidence:
    """Every rule names its source; count them by family and by what they are worth."""
    every = law().rules.rules
    families = Counter(rule.spec.id.split("-")[0] for rule in every)
    worth = Counter(rule.spec.promise for rule in every)
    figure = ", ".join(f"{worth[promise]} {promise}" for promise in ("contract", "behaviour", "quirk"))
    kinds = ", ".join(f"{family} {count}" for family, count in sorted(families.items()))
    bare = [rule.where for rule in every if not rule.spec.source or not rule.spec.says]
    return Evidence("What is contract, behaviour, quirk?", f"{len(every)} rules of 1.36: {kinds}", figure, not bare, bare)


def catalogue() -> Evidence:
    """Every rule of the catalogue is borne by an entry of the law, or spec/README.md says why it is not."""
    counts = rule_ids.count()
    encoded, listed, total = (sum(numbers) for numbers in zip(*counts.values(), strict=True))
    failures = list(rule_ids.wrong(rule_ids.encoded(), rule_ids.listed()))
    kinds = ", ".join(f"{family} {'/'.join(map(str, numbers))}" for family, numbers in counts.items())
    figure = f"{encoded} of {total} encoded, {listed} listed with the reason"
    return Evidence("Is any rule forgotten?", f"the catalogue of rules, encoded/listed/all: {kinds}", figure, not failures, failures)


class Settled(stateful.PodLife):
    """The kubelet settles after every event of the environment."""


class Interleaved(stateful.PodLife):
    """The kubelet's hidden events happen in any order."""

    eager = False


def lives() -> Evidence:
    """Live random pods and judge all that they publish by every rule."""
    stateful.COVERED.clear()
    failures = []
    for life in (Settled, Interleaved):
        try:
            run_state_machine_as_test(life, settings=LIVES)
        except Exception as error:  # whatever fails is one line of the table
            failures += [str(error).splitlines()[0], *getattr(error, "__notes__", [])]
    wanted = set(moves())
    taken = wanted & {(machine, source, event) for machine, source, event, _ in stateful.COVERED}
    figure = f"{len(taken)} of {len(wanted)} moves of the machines taken"
    holds = not failures and len(taken) >= MOVES * len(wanted)
    untaken = [f"never taken: {' '.join(move)}" for move in sorted(wanted - taken)]
    return Evidence("Do random lives keep the rules?", f"{2 * LIVES.max_examples} random pods under random events", figure, holds, failures + untaken)


def moves() -> Iterator[tuple[str, str, str]]:
    """Yield the moves of one pod's machines in this version that need neither a cluster around it nor a mirror, from states that some move leads to."""
    chosen = law()
    for name, machine in chosen.whole.program.machines.items():
        entered = {machine.spec.initial, *(move.spec.target for move in machine.moves)}
        for move in machine.moves:
            event = chosen.whole.program.events[move.spec.event].spec
            mirrored = any(rule.startswith("STATIC-") for rule in listed(event.rule))
            alone = machine.spec.of in ("pod", "container") and event.by not in ("node", "controller") and not mirrored
            if alone and chosen.selection.applies(move.spec, "kubelet"):
                yield from ((name, source, move.spec.event) for source in move.sources if source in entered)


def strong(report: Report) -> list[Finding]:
    """Return the findings that make a verdict unlawful."""
    return [f for pod in report.pods for f in pod.findings if f.strength != "soft"]


def recordings() -> Evidence:
    """Real lives and legal oddities are lawful."""
    paths = [*sorted((DATA / "traces").glob("*/watch.jsonl.gz")), *sorted((DATA / "traps").glob("*.jsonl"))]
    found = {path: check(path, law()) for path in paths}
    failures = [f"{path.parent.name}/{path.name}: {f.rule} at {f.index}: {f.message}" for path, report in found.items() for f in strong(report)]
    snapshots, pods = sum(r.documents for r in found.values()), sum(len(r.pods) for r in found.values())
    figure = f"{len(failures)} false alarms in {snapshots:,} snapshots of {pods} pods"
    return Evidence("Does it cry wolf?", "recordings of a real cluster and a collection of legal oddities", figure, not failures, failures)


def museum() -> Evidence:
    """Known bugs are seen at their first bad snapshot, their corrected histories are lawful."""
    cases = sorted(path for path in (DATA / "museum").iterdir() if path.is_dir())
    failures = [f"{case.name}: the corrected history is unlawful" for case in cases if strong(check(case / "good.jsonl", law()))]
    missed = []
    for case in cases:
        found = strong(check(case / "bad.jsonl", law()))
        if not found or found[0].index != json.loads((case / "meta.json").read_text())["first_bad_index"]:
            missed.append(f"{case.name}: not seen at its first bad snapshot")
    figure = f"{len(cases) - len(missed)} of {len(cases)} seen at their first bad snapshot"
    holds = not failures and len(missed) <= MISSED
    return Evidence("Does it see bugs?", "known bugs of Kubernetes, KWOK and virtual-kubelet", figure, holds, failures + missed)


def tampered() -> Evidence:
    """Recordings with one field changed so that a rule breaks are found unlawful."""
    missed = Counter(t.kind.rule.split("-")[0] for t in tampers(DATA / "traces", TAMPERS, SEED) if not strong(check(t.documents, law())))
    found = TAMPERS - missed.total()
    survivors = [f"{count} survive in family {family}" for family, count in missed.most_common()]
    return Evidence("Does silence mean anything?", "recordings with one field tampered", f"{found} of {TAMPERS:,} found", found >= LEAST, survivors)


def replays() -> Evidence:
    """Every recorded life is a run of the model; in each family nearly all pods agree from the first snapshot to the last."""
    families = sorted((path for path in (DATA / "traces").iterdir() if path.is_dir()), key=lambda path: path.name != "random")  # the longest first
    with multiprocessing.get_context("fork").Pool() as pool:
        found = dict(zip((path.name for path in families), pool.map(_replayed, families, chunksize=1), strict=True))
    every = [one for lives in found.values() for one in lives]
    failures = [f"{family}/{one.name}: {d.event} at {d.time:.3f}: {d.message}" for family, lives in found.items() for one in lives for d in one.disagreements]
    whole = sum(not one.disagreements for one in every)
    writes, agreed = sum(one.snapshots for one in every), sum(one.agreed for one in every)
    figure = f"{whole} of {len(every)} pods, {agreed:,} of {writes:,} writes predicted"
    holds = all(sum(not one.disagreements for one in lives) >= AGREEING * len(lives) for lives in found.values()) and agreed >= WRITES * writes
    return Evidence("Same life as on a real node?", f"recordings with the runtime's events, {len(found)} families", figure, holds, failures)


def _replayed(family: Path) -> list[Replayed]:
    return replay(family, law())


def explored() -> Evidence:
    """Every rule holds in every state of every scope, nothing is a dead end, and the goals can always be reached."""
    found = exploration.reports()
    broken = [text for name, report in found.items() for text in exploration.failures(name, report)]
    states, edges, depth = sum(r.states for r in found.values()), sum(r.edges for r in found.values()), max(r.depth for r in found.values())
    figure = f"{len(found)} scopes, {states:,} states, {edges:,} edges, depth {depth}: {len(broken)} violations"
    return Evidence("Is it true in every state?", "all rules, dead ends and goals, explored exhaustively", figure, not broken, broken)


def named() -> Evidence:
    """The *if* of every clause of a named property holds somewhere in the explored scopes, or a reason says why it cannot."""
    found = {key for report in exploration.reports().values() for key in report.properties}
    asked = [one.key for one in law().properties if not one.spec.clock and not any(case.names(one.key) for case in reasons("scopes"))]
    bare = [f"{name}: {says}" for name, says in asked if (name, says) not in found]
    figure = f"{len(asked) - len(bare)} of {len(asked)} clauses of {len({name for name, _ in asked})} properties come to bear and hold"
    return Evidence("Do the named properties say something?", "their conditions in the explored scopes", figure, not bare, bare)


def engines() -> Evidence:
    """The live machines and the ground form walk the same graph; every row of the model's tables decides there, or a reason says why not."""
    both, walks = exploration.compared(), exploration.walks()
    bare = list(exploration.unfired(law(), both.fired))
    reasons = sum(map(len, exploration.UNFIRED.values()))
    more, steps = sum(w.edges for w in walks.values()), sum(w.steps for w in walks.values())
    figure = f"{both.edges:,} edges equal, and {more:,} along {steps:,} random steps; {len(both.fired)} rows decide, {reasons} cannot yet"
    failures = [f"{name}: the engines differ" for name in both.different] + bare
    failures += [f"{name}: the engines differ: {w.different}" for name, w in walks.items() if w.different]
    walk = f"on {len(walks)} larger ones by random walks of {exploration.STEPS:,} steps, or all there are"
    what = f"live machines and ground form: on {len(exploration.BOTH)} scopes edge by edge, {walk}"
    return Evidence("Do both engines agree?", what, figure, not failures, failures)


def clocks() -> Evidence:
    """Whatever can happen by the clock is a step of the untimed law, in which the environment chooses when a delay is over."""
    found = exploration.lives()
    steps, waits = sum(t.steps for t in found.values()), sum(t.waits for t in found.values())
    outside = [f"{name}: {t.outside}" for name, t in found.items() if t.outside]
    figure = f"{steps:,} steps and {waits:,} waits, {len(outside)} outside"
    what = f"random lives by the clock on {len(found)} scopes, each step against the ground form"
    return Evidence("Is real time within what was explored?", what, figure, not outside, outside)


def mutation() -> Evidence:
    """The last recorded run of the mutation of the law."""
    last = json.loads((DATA / "mutation.json").read_text(encoding="utf-8"))
    whom = f"{last['validation']} at load, {last['outside']} by outside data, {last['own']} by own tests"
    figure = f"{last['noticed']} of {last['tried'] - last['equivalent']} noticed: {whom}"
    what = f"single changes of rows, guards and constants, {last['tried']:,} of {last['mutants']:,} tried"
    return Evidence("Would a wrong law be noticed?", what, figure, not last["survivors"], last["survivors"])


def examples() -> Evidence:
    """Every move of the pictures has an example that replays, or a reason why no scope shows it."""
    from podlaw import examples as told
    from podlaw.explore import ready
    from podlaw.explore.witness import holds
    from podlaw.graphs import moves

    chosen, known = law(), told.found(SPEC).examples
    scopes = {name: ready(name, chosen) for name in dict.fromkeys(one.scope for one in known)}
    failures = [f"{' '.join(one.key)}: {one.scope} {one.path} does not show it; run nox -s diagrams" for one in known if not holds(one, scopes[one.scope])]
    reasons, shown = told.missing(SPEC), {one.key for one in known}
    failures += [f"{' '.join(move)}: neither example nor reason, or both" for move in moves(chosen.graphs) if (move in reasons) == (move in shown)]
    figure = f"{len(known)} of {len(moves(chosen.graphs))} moves replayed, {len(reasons)} need events that the law lacks"
    return Evidence("Can what the pictures show happen?", "the shortest example of every move of the observed graphs", figure, not failures, failures)


def diagrams() -> Evidence:
    """The committed pictures are those that the law draws."""
    from podlaw import draw

    chosen = law()
    stale = draw.stale(ROOT / "diagrams", chosen)
    figure = f"{len(draw.names(chosen))} pictures, {len(stale)} stale"
    return Evidence("Do the pictures show this law?", "every machine, observed graph and page drawn again", figure, not stale, stale)


def shown() -> Evidence:
    """Nearly every encoded rule is reached by a witness and has a mutant that was noticed, when the law was last mutated."""
    counts = rule_ids.shown()
    encoded, reached, noticed = (sum(numbers) for numbers in zip(*counts.values(), strict=True))
    kinds = ", ".join(f"{family} {'/'.join(map(str, numbers))}" for family, numbers in counts.items())
    lacking = [f"{family}: {numbers[0] - numbers[2]} encoded rules lack a witness or a noticed mutant" for family, numbers in counts.items()]
    figure = f"{noticed} of {encoded}, {encoded - reached} lack a witness and {reached - noticed} a noticed mutant"
    what = f"encoded rules that a witness reaches and of which a mutant is noticed, encoded/reached/noticed: {kinds}"
    return Evidence("Is every encoded rule real?", what, figure, noticed >= SHOWN * encoded, lacking)


CHECKS: tuple[Family, ...] = (
    vectors, rows, replays, recordings, museum, tampered, lives, explored, named, engines, clocks, mutation, rules, catalogue, shown, examples,
    diagrams,
)  # fmt: skip
SINGLE: tuple[Family, ...] = (tampered, lives, examples)  # each works long on one processor


def collected(one: Family) -> Evidence:
    """Run one check; an error of the law or of the data fails it."""
    try:
        return one()
    except PodlawError as error:
        return Evidence(one.__name__, "", "not run", False, [str(error)])
