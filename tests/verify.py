"""Hold the law against all outside data; print one table, write junit.xml, fail where anything fails.

`--readme` rewrites the tables of README.md instead of comparing them.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from xml.etree.ElementTree import Element, ElementTree, SubElement

from rich.console import Console
from rich.progress import track
from rich.table import Table

import named_table
from evidence import CHECKS, ROOT, SINGLE, Evidence, Family, collected, law

README = ROOT / "README.md"
BEGIN, END = "<!-- evidence: written by nox -s verify -- --readme -->\n", "<!-- end of evidence -->\n"
Timed = tuple[Evidence, float]


def timed() -> list[Timed]:
    """Run every check with a progress bar on a terminal; what keeps one processor busy runs beside the others."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        beside = {one: pool.submit(_timed, one) for one in SINGLE}
        shown = track(CHECKS, "verifying", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
        return [beside[one].result() if one in beside else _timed(one) for one in shown]


def _timed(one: Family) -> Timed:
    start = time.perf_counter()
    return collected(one), time.perf_counter() - start


def block(found: Sequence[Evidence]) -> str:
    """Return README's table: no times, so that it changes only with the evidence."""
    lines = ["| question | evidence | result |", "|---|---|---|", *(f"| {e.question} | {e.evidence} | {e.figure} |" for e in found)]
    return "\n".join(lines) + "\n"


def replaced(text: str, table: str, begin: str = BEGIN, end: str = END) -> str:
    """Return README with another table between its marks."""
    head, rest = text.split(begin)
    return head + begin + table + end + rest.split(end)[1]


def readme(found: Sequence[Evidence], rewrite: bool) -> Evidence:
    """Compare README's tables with the evidence and the named properties, or rewrite them."""
    text = README.read_text(encoding="utf-8")
    fresh = replaced(replaced(text, block(found)), named_table.table(law()), named_table.BEGIN, named_table.END)
    if rewrite:
        README.write_text(fresh, encoding="utf-8")
    stale = fresh != text and not rewrite
    remedy = ["README.md shows other figures or properties; run nox -s verify -- --readme and commit it"] if stale else []
    return Evidence("Is README true?", "its tables against these", "stale" if stale else "fresh", not stale, remedy)


def table(found: Sequence[Timed]) -> Table:
    """Return the table for people."""
    drawn = Table("question", "evidence", "result", "time", "", title="podlaw: what the law has been held against")
    for one, seconds in found:
        drawn.add_row(one.question, one.evidence, one.figure, f"{seconds:.1f} s", "[green]holds[/]" if one.holds else "[red]FAILS[/]")
    return drawn


def junit(found: Sequence[Timed]) -> ElementTree[Element]:
    """Return the same as JUnit's XML."""
    suite = Element("testsuite", name="verify", tests=str(len(found)), failures=str(sum(not e.holds for e, _ in found)))
    for one, seconds in found:
        case = SubElement(suite, "testcase", classname="verify", name=one.question, time=f"{seconds:.3f}")
        if not one.holds:
            SubElement(case, "failure", message=one.figure).text = "\n".join(one.failures)
        else:
            SubElement(case, "system-out").text = one.figure
    return ElementTree(suite)


def main(arguments: Sequence[str]) -> int:
    """Run everything and return the exit status."""
    if set(arguments) - {"--readme"}:
        sys.stderr.write(f"verify: '{' '.join(arguments)}' is not known; give --readme or nothing\n")
        return 2
    start = time.perf_counter()
    found = timed()
    found.append((readme([e for e, _ in found], "--readme" in arguments), 0.0))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(found))
    for one, _ in found:
        for text in [] if one.holds else one.failures[:10]:
            console.print(f"{one.question} {text}", style="red", markup=False)
    junit(found).write(ROOT / "junit.xml", encoding="utf-8", xml_declaration=True)
    console.print(f"{sum(e.holds for e, _ in found)} of {len(found)} hold, {time.perf_counter() - start:.0f} s; junit.xml written")
    return 0 if all(e.holds for e, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
