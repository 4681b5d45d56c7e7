"""SPIN as a second judge of a scope: write the model, build the verifier, run it, read what it says; and podlaw's own answer beside it."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from podlaw.explore.compile import jit
from podlaw.explore.layout import layout
from podlaw.explore.prepare import Ready
from podlaw.explore.promela import asserted, promela
from podlaw.explore.search import search
from podlaw.ground.rules import judged

SPIN = ("spin", "-a", "-o1", "-o2", "-o3")  # without the optimisations that forget a variable's value or merge steps
PAN = ("-O3", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOFAIR")
MEMORY = 6144  # MiB that a verifier may use
DEPTH = 200_000  # the longest path that it may follow; it says so where that is too short


class Answer(msgspec.Struct, frozen=True):
    """What one engine says of a scope: how many states, which rules are violated, and the seconds of processor time it took."""

    states: int
    broken: frozenset[str]
    seconds: float

    @property
    def rate(self) -> float:
        """Return the states per second."""
        return self.states / max(self.seconds, 1e-6)


def missing() -> str:
    """Return what to install, or nothing."""
    absent = " and ".join(tool for tool, found in (("SPIN", shutil.which("spin")), ("a C compiler", compiler())) if not found)
    return f"{absent} not found; install SPIN 6 and a C compiler (Debian, Ubuntu: apt install spin gcc; macOS: brew install spin gcc)" if absent else ""


def compiler() -> str:
    """Return the C compiler's path, or nothing."""
    return shutil.which("gcc") or shutil.which("cc") or ""


def by_spin(ready: Ready, states: int) -> Answer:
    """Let SPIN verify a scope of about so many states; raise RuntimeError where it did not finish."""
    rules = list(judged(ready.law, ready.placed, ready.form))
    model = promela(ready.form, layout(ready.form, [rule.violated for rule in rules]), rules)
    with tempfile.TemporaryDirectory(prefix="podlaw-spin-") as name:
        built(Path(name), model)
        hashed = max(states, 1 << 16).bit_length() + 1  # so that its table is at most half full, as SPIN advises
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = ran(["./pan", f"-m{DEPTH}", f"-w{hashed}", "-c0"], Path(name))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return read(said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def built(directory: Path, model: str) -> None:
    """Write a model and build its verifier."""
    (directory / "model.pml").write_text(model, encoding="utf-8")
    ran([*SPIN, "model.pml"], directory)
    ran([compiler(), *PAN, f"-DMEMLIM={MEMORY}", "-o", "pan", "pan.c"], directory)


def ran(command: list[str], directory: Path) -> str:
    """Run a command and return what it prints; raise RuntimeError where it fails."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[:500]}")
    return done.stdout


def read(said: str, seconds: float) -> Answer:
    """Read what a verifier printed; raise RuntimeError where it did not search everything."""
    stored = re.search(r"^\s*(\d+) states, stored", said, re.MULTILINE)
    reasons = [line for line in said.splitlines() if re.match(r"(pan:\d+:|error:|pan: (out of|reached))", line) and "assertion violated" not in line]
    if stored is None or reasons or "Search not completed" in said:
        raise RuntimeError(f"SPIN did not search everything: {'; '.join(reasons) or said[:500]}")
    return Answer(int(stored[1]), frozenset(re.findall(r"assertion violated\s+!\((\w+)\)", said)), seconds)


def by_podlaw(ready: Ready) -> Answer:
    """Let podlaw search the same scope twice, compiled where numba is installed, and time the second search, which judges every rule."""
    rules = asserted(judged(ready.law, ready.placed, ready.form))
    places = layout(ready.form, rules.values())
    asked = list(rules.values())
    if jit():
        search(ready.form, places, compiled=True, limit=MEMORY << 20, rules=asked)  # its memory is given back before the next begins
    found = search(ready.form, places, compiled=jit(), limit=MEMORY << 20, rules=asked)
    return Answer(found.states, frozenset(name for name, first in zip(rules, found.broken, strict=True) if first >= 0), found.processor)
