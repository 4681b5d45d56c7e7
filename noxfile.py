"""The project's jobs; `nox -l` lists them, `nox -s NAME -- ...` hands arguments on."""

import os
from pathlib import Path

import nox

nox.needs_version = ">=2024.4"
nox.options.sessions = ["verify", "tests", "lint", "types"]
nox.options.error_on_missing_interpreters = False

LAW = ("-e", ".[draw,testing]")
EXPLORE = ("-e", ".[draw,testing,explore]")  # numba lags behind the newest Python; only these sessions need it
TESTS = ("kubernetes", "pytest-benchmark", "pytest-xdist")


@nox.session
def verify(session: nox.Session) -> None:
    """Hold the law against all outside data and print one table of the evidence."""
    session.install("-q", *LAW)
    session.run("python", "tests/verify.py", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on all processors, with derandomised examples."""
    session.install("-q", *EXPLORE, *TESTS)
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs, env={"HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "ci")})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and common mistakes."""
    session.install("-q", "ruff")
    session.run("ruff", "check", *(session.posargs or ["."]))


@nox.session
def types(session: nox.Session) -> None:
    """Check all types strictly."""
    session.install("-q", *LAW, "mypy", "types-PyYAML")
    session.run("mypy", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure decoding and judging of recorded pods against decoding JSON alone."""
    session.install("-q", *LAW, "pytest-benchmark")
    session.run("pytest", "tests/benchmarks/bench_pods.py", "-q", "-s", "--benchmark-columns=min,median,ops", *session.posargs)


@nox.session(default=False)
def diagrams(session: nox.Session) -> None:
    """Find the shortest example of every move again, and draw every machine and observed graph from the law."""
    session.install("-q", *LAW)
    session.run("python", "tests/witnesses.py")
    session.run("podlaw", "draw", "--output", "diagrams", *session.posargs)


@nox.session(default=False)
def replay(session: nox.Session) -> None:
    """Replay every recorded family and print one table; name other directories after `--`."""
    session.install("-q", *LAW)
    families = sorted(str(path) for path in Path("tests/data/traces").iterdir() if path.is_dir())
    session.run("podlaw", "replay", *(session.posargs or families))


@nox.session(default=False)
def explore(session: nox.Session) -> None:
    """Explore every scope of the law, the large ones compiled by numba; name others after `--`."""
    session.install("-q", *EXPLORE)
    session.run("podlaw", "explore", *(session.posargs or ["--all"]))


@nox.session(default=False)
def simulate(session: nox.Session) -> None:
    """Live a thousand random clusters of 200 events each and judge them; give other numbers after `--`."""
    session.install("-q", *LAW)
    session.run("python", "tests/lives.py", *session.posargs)


@nox.session(default=False)
def mutate(session: nox.Session) -> None:
    """Alter single rows, guards and constants of the law and count which checks notice; `--ids` alters what bears each rule id."""
    session.install("-q", *LAW, *TESTS)
    session.run("python", "tests/mutate.py", *session.posargs)


@nox.session(default=False)
def spin(session: nox.Session) -> None:
    """Compare states, violations and speed with SPIN, which must be installed; name other scopes or YAML files after `--`."""
    session.install("-q", "-e", ".[explore]")
    session.run("python", "tests/spin.py", *session.posargs)


@nox.session(default=False, python=["3.12", "3.13", "3.14"])
def compat(session: nox.Session) -> None:
    """Run the tests on the other supported Pythons that are present."""
    session.install("-q", *LAW, *TESTS)
    session.run("pytest", *session.posargs, env={"HYPOTHESIS_PROFILE": "dev"})
