"""Change the law in one place at a time and count which checks notice: `python tests/mutate.py --help`."""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random

import msgspec
import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import rule_ids
from mutant_ids import candidates, key, own, pending
from mutant_judges import JUDGES, OURS, OUTSIDE, evidence, judged
from mutant_scopes import shown
from mutants import Mutant, mutants
from podlaw.law import SPEC
from reached import reached, write_shown

RECORD = Path(__file__).parent / "data" / "mutation.json"
EQUIVALENT = Path(__file__).parent / "data" / "equivalent-mutants.yaml"


class Outcome(msgspec.Struct, frozen=True):
    """Who noticed a mutant, if anybody, and by what; `equivalent` is the reason why nobody can."""

    mutant: Mutant
    killer: str
    noticed: str
    seconds: float
    equivalent: str = ""


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants that mean the same as the law: patterns of their file, place and change, and the reason."""

    file: str
    place: str
    change: str
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Return whether a mutant is one of these; `*` stands for any text."""
        return all(_matches(text, pattern) for text, pattern in ((mutant.file, self.file), (mutant.place, self.place), (mutant.change, self.change)))


def _matches(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def sample(all_: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return a seeded sample, in turn over all files and kinds of change."""
    groups: dict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for one in all_:
        groups[one.file, one.kind].append(one)
    random = Random(seed)
    queues = [random.sample(group, len(group)) for group in groups.values()]
    random.shuffle(queues)
    taken: list[Mutant] = []
    while queues and len(taken) < count:
        taken += [queue.pop() for queue in queues]
        queues = [queue for queue in queues if queue]
    return taken[:count]


def tried(mutant: Mutant) -> Outcome:
    """Write the changed law beside the real one and let every judge judge it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="podlaw-mutant-") as directory:
        spec = Path(directory) / "spec"
        shutil.copytree(SPEC, spec, ignore=shutil.ignore_patterns("__pycache__"))
        path = spec / mutant.file
        path.write_text(mutant.applied(path.read_text(encoding="utf-8")), encoding="utf-8")
        for name, noticed in judged(spec, mutant):
            if noticed is not None:
                return Outcome(mutant, name, noticed, time.monotonic() - begun)
    return Outcome(mutant, "", "", time.monotonic() - begun)


def outcomes(chosen: list[Mutant], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of every mutant as it comes; what the judges know of our law is found once and shared by all processes."""
    evidence()
    shown()
    known = [msgspec.convert(one, Equivalent) for one in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]]
    with multiprocessing.get_context("fork").Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN), maxtasksperchild=40) as pool:
        for done in pool.imap_unordered(tried, chosen):
            reason = "" if done.killer else next((one.reason for one in known if one.covers(done.mutant)), "")
            yield msgspec.structs.replace(done, equivalent=reason)


def by_ids(every: list[Mutant], seed: int, jobs: int, done: list[Outcome]) -> Iterator[Outcome]:
    """Yield outcomes until every encoded rule id has a mutant that was noticed by more than the loader, or that nobody noticed."""
    found, every_done = candidates(every, seed), list(done)
    while chosen := pending(found, {key(one.mutant) for one in every_done}, settled(every_done)):
        for one in outcomes(chosen, jobs):
            every_done.append(one)
            yield one


def settled(done: Iterable[Outcome]) -> set[str]:
    """Return the rule ids of which some mutant that loads was tried and does not mean the same as the law."""
    return {rule for one in done if one.killer != "validation" and not one.equivalent for rule in own(one.mutant)}


def logged(path: Path | None, every: list[Mutant]) -> list[Outcome]:
    """Return the outcomes of a log but those of mutants that the law no longer has, and of survivors, which are tried again."""
    known = {key(one): one for one in every}
    lines = path.read_bytes().splitlines() if path is not None and path.exists() else []
    found = {key(one.mutant): one for one in (msgspec.json.decode(line, type=Outcome) for line in lines) if one.killer or one.equivalent}
    return [msgspec.structs.replace(one, mutant=known[name]) for name, one in found.items() if name in known]


def log(one: Outcome, path: Path | None) -> None:
    """Append an outcome to a log, as one line of JSON."""
    if path is not None:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(one) + b"\n")


def table(done: Iterable[Outcome]) -> Table:
    """Return one line per file: how many mutants, who killed them, and how many live."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in done:
        who = one.killer or ("equivalent" if one.equivalent else "survivors")
        for row in (one.mutant.file, "all"):
            counts[row].update(("mutants", who))
    columns = ("mutants", *JUDGES, "equivalent", "survivors")
    made = Table("file")
    for name in columns:
        made.add_column(name, justify="right")
    for file, count in sorted(counts.items(), key=lambda pair: (pair[0] == "all", pair[0])):
        made.add_row(file, *(str(count[name] or "") for name in columns))
    return made


def report(done: list[Outcome], whole: int, console: Console) -> None:
    """Print the table, the score, and every mutant that nobody noticed."""
    console.print(table(done))
    killers = Counter(one.killer for one in done)
    outside, own = (sum(killers[name] for name in names) for names in (OUTSIDE, OURS))
    console.print(f"{len(done)} of {whole} mutants: {killers['validation']} refused at load, {outside} killed by outside data,")
    console.print(f"{own} only by own tests ({killers['scopes']} of them by exploration),")
    console.print(f"{sum(bool(one.equivalent) for one in done)} equivalent, {len(survivors(done))} survivors")
    for line in families(done):
        console.print(line, highlight=False)
    for one in sorted(done, key=lambda o: (o.mutant.file, o.mutant.line)):
        if not one.killer:
            said = f"equivalent: {one.equivalent}" if one.equivalent else "survives"
            m = one.mutant
            console.print(f"spec/{m.file}:{m.line} {m.place}: {m.change}  ({said})", markup=False, highlight=False, soft_wrap=True)


def record(done: list[Outcome], whole: int) -> None:
    """Write what README's table says of this run, and which encoded rule ids a witness reaches and a noticed mutant bears."""
    killers = Counter(one.killer for one in done)
    outside, own_ = (sum(killers[name] for name in names) for names in (OUTSIDE, OURS))
    lives = [f"{one.mutant.file}:{one.mutant.line} {one.mutant.place}: {one.mutant.change}" for one in survivors(done)]
    equal = sum(bool(one.equivalent) for one in done)
    told = {"mutants": whole, "tried": len(done), "equivalent": equal, "noticed": len(done) - equal - len(lives), "validation": killers["validation"]}
    RECORD.write_bytes(msgspec.json.format(msgspec.json.encode({**told, "outside": outside, "own": own_, "survivors": lives})) + b"\n")
    write_shown(reached(), noticed(done))


def noticed(done: Iterable[Outcome]) -> set[str]:
    """Return the rule ids that a mutant bears which loads and was noticed."""
    return {rule for one in done if one.killer not in ("", "validation") for rule in own(one.mutant)}


def families(done: list[Outcome]) -> Iterator[str]:
    """Yield one line per family of rule ids: how many there are, are encoded, have a mutant tried that loads, and one that was noticed."""
    tried_, killed, encoded = settled(done), noticed(done), rule_ids.encoded()
    yield "family: ids, encoded, with a mutant tried, with one noticed; those without"
    for family, ids in rule_ids.families().items():
        known = encoded & {*ids}
        yield f"{family}: {len(ids)}, {len(known)}, {len(known & tried_)}, {len(known & killed)}; {' '.join(sorted(known - killed))}".rstrip("; ")


def survivors(done: Iterable[Outcome]) -> list[Outcome]:
    """Return the mutants that nobody noticed and that are not known to mean the same."""
    return [one for one in done if not one.killer and not one.equivalent]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=150, metavar="N", help="how many mutants, spread over all files and kinds of change (150)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the sample (1)")
    parser.add_argument("--ids", action="store_true", help="one mutant that loads of every rule id that the law bears, in place of the sample")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append every outcome to a file, and try nothing again that it has but survivors")
    parser.add_argument("--all", action="store_true", help="try every mutant; this takes hours")
    parser.add_argument("--only", metavar="GLOB", default="*", help="only those whose file or file:place matches, as 'events.yaml:sync/*'")
    parser.add_argument("--jobs", type=int, default=2, metavar="J", help="how many processes (2)")
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    parser.add_argument("--record", action="store_true", help="write the figures of README's table, and the rule ids that are reached and noticed")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser.parse_args()


def main() -> int:
    """Try the mutants asked for; return 1 where one survives without a reason."""
    given = arguments()
    found = [one for one in mutants(SPEC) if fnmatchcase(one.file, given.only) or fnmatchcase(f"{one.file}:{one.place}", given.only)]
    done = logged(given.log, found)
    tried_before = {key(one.mutant) for one in done}
    chosen = [one for one in (found if given.all else sample(found, given.sample, given.seed)) if key(one) not in tried_before]
    if given.list:
        sys.stdout.writelines(f"spec/{one.file}:{one.line} {one.place} [{one.kind}]: {one.change}\n" for one in chosen)
        return 0
    if failed := next((f"{name}: {noticed}" for name, noticed in judged(SPEC) if noticed), ""):
        sys.stderr.write(f"a check fails on the unchanged law ({failed}), so that it judges nothing; mend it first\n")
        return 2
    with Progress(console=(shown := Console(stderr=True)), disable=not shown.is_terminal, transient=True) as progress:
        task = progress.add_task("mutants", total=None if given.ids else len(chosen))
        try:
            for one in by_ids(found, given.seed, given.jobs, done) if given.ids else outcomes(chosen, given.jobs):
                done.append(one)
                log(one, given.log)
                progress.advance(task)
        except KeyboardInterrupt:
            shown.print("interrupted; what was tried so far:")
    if given.record:
        record(done, len(found))
    if given.format == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode({"mutants": len(found), "tried": done})) + b"\n")
    else:
        report(done, len(found), Console(width=None if sys.stdout.isatty() else 160))
    return 1 if survivors(done) else 0


if __name__ == "__main__":
    sys.exit(main())
