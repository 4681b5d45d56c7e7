"""Hold podlaw's search against SPIN's on every scope, and on laws with a planted violation; print one table, fail where they differ.

Without arguments every scope of size small and middle and the planted violations; with arguments only these scopes or YAML files.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from podlaw.errors import LawError
from podlaw.explore.prepare import prepare
from podlaw.ground.scope import scope, scopes
from podlaw.law import SPEC, Law
from spin_judge import Answer, by_podlaw, by_spin, missing

VERSION = "1.36"


class Plant(msgspec.Struct, frozen=True):
    """One alteration of the law, the scope that shows it, and the rule that then breaks."""

    says: str
    file: str
    old: str
    new: str
    scope: str
    rule: str


PLANTS = (
    Plant("a running container without an id", "compositions.yaml",
          "id: \"run.id if run.state != 'none' else c.id", "id: \"run.id if run.state == 'exited' else c.id", "restart-never", "CSTATE-12"),
    Plant("a container that is started still when it has ended", "compositions.yaml",
          'started: "started(c,', "started: \"c.state == 'terminated' or started(c,", "restart-never", "CSTATE-40"),
    Plant("restarts that count back", "compositions.yaml",
          'restarts: "restart_count(pod, c, run, how)"', "restarts: \"0 if state == 'terminated' else 1\"", "restart-never", "TRACE-24"),
)  # fmt: skip


class Compared(msgspec.Struct, frozen=True):
    """One scope, both engines' answers, and what had to be found."""

    name: str
    podlaw: Answer
    spin: Answer
    expected: str = ""

    @property
    def agreed(self) -> bool:
        """Return whether both found the same states and violations, and the planted one among them."""
        same = self.podlaw.states == self.spin.states and self.podlaw.broken == self.spin.broken
        return same and (not self.expected or self.expected in self.spin.broken)


def judged(one: str | Plant) -> Compared:
    """Ask both engines about one scope or altered law."""
    return planted(one) if isinstance(one, Plant) else compared(one, Law(VERSION))


def compared(name: str, law: Law, expected: str = "") -> Compared:
    """Ask both engines about one scope."""
    ready = prepare(law, scope(name, law))
    podlaw = by_podlaw(ready)
    return Compared(name, podlaw, by_spin(ready, podlaw.states), expected)


def planted(plant: Plant) -> Compared:
    """Ask both engines about an altered law."""
    with tempfile.TemporaryDirectory(prefix="podlaw-planted-") as name:
        spec = Path(name) / "spec"
        shutil.copytree(SPEC, spec)
        text = (spec / plant.file).read_text(encoding="utf-8")
        if text.count(plant.old) != 1:
            raise LawError(f"'{plant.old}' stands {text.count(plant.old)} times in {plant.file}, and a planted violation needs it once; choose another text")
        (spec / plant.file).write_text(text.replace(plant.old, plant.new), encoding="utf-8")
        found = compared(plant.scope, Law(VERSION, spec=spec), f"rule_{plant.rule.replace('-', '_')}")
    return msgspec.structs.replace(found, name=f"{plant.scope}: {plant.says}")


def every(names: Sequence[str]) -> Iterator[Compared]:
    """Yield every comparison with a progress bar on a terminal; each has a process of its own, which gives back the memory of its ground form."""
    chosen = names or [name for name, one in scopes(Law(VERSION)).items() if one.spec.size != "large"]
    every_one: list[str | Plant] = [*chosen, *(() if names else PLANTS)]
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar, Pool(1, maxtasksperchild=1) as pool:
        task = bar.add_task("verifying", total=len(every_one))
        for one in pool.imap(judged, every_one):
            yield one
            bar.advance(task)


def table(found: Sequence[Compared]) -> Table:
    """Return the table for people; times are of the processor, without any compilation."""
    drawn = Table("scope", title=f"podlaw and SPIN on the same scopes of Kubernetes {VERSION}, each on one core")
    for column in ("states", "violated", "podlaw ms", "SPIN ms", "podlaw states/s", "SPIN states/s", "ratio", ""):
        drawn.add_column(column, justify="right")
    for one in found:
        numbers = (f"{one.podlaw.seconds * 1000:,.1f}", f"{one.spin.seconds * 1000:,.1f}", f"{one.podlaw.rate:,.0f}", f"{one.spin.rate:,.0f}")
        states, broken = _both(f"{one.podlaw.states:,}", f"{one.spin.states:,}"), _both(_rules(one.podlaw), _rules(one.spin))
        verdict = "[green]equal[/]" if one.agreed else "[red]DIFFERENT[/]"
        drawn.add_row(one.name, states, broken, *numbers, f"{one.podlaw.rate / one.spin.rate:.1f}", verdict)
    return drawn


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first} / {second}"


def _rules(answer: Answer) -> str:
    return ", ".join(sorted(name.removeprefix("rule_").replace("_", "-") for name in answer.broken)) or "none"


def main(arguments: Sequence[str]) -> int:
    """Run everything and return the exit status."""
    if lack := missing():
        sys.stderr.write(f"spin: {lack}\n")
        return 1
    found: list[Compared] = []
    stopped = ""
    try:
        found += every(arguments)
    except (LawError, RuntimeError) as error:
        stopped = str(error)
    except KeyboardInterrupt:
        stopped = "interrupted"
    Console(width=None if sys.stdout.isatty() else 160).print(table(found))
    if stopped:
        sys.stderr.write(f"spin: {stopped}\n")
    return 0 if not stopped and all(one.agreed for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
