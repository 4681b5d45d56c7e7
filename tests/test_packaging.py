"""The wheel holds the law and works in a clean environment."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import podlaw

ROOT = Path(__file__).parent.parent
POD = ROOT / "tests" / "data" / "readme" / "web.json"
HISTORY = ROOT / "tests" / "data" / "museum" / "K8S-12485" / "good.jsonl"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build from a copy of what is committed or new, so that the tree stays clean."""
    copy, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    for folder in ("models", "spec"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yaml", ".md", ".typed"):
                target = copy / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", built, copy], check=True)
    return next(built.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_every_file_of_the_law(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    modules = {f"podlaw/{p.relative_to(ROOT / 'models' / 'podlaw')}" for p in (ROOT / "models" / "podlaw").rglob("*.py")}
    law = {f"podlaw/spec/{p.relative_to(ROOT / 'spec')}" for p in (ROOT / "spec").rglob("*.yaml")}
    assert (modules | law | {"podlaw/py.typed", "podlaw/spec/README.md"}) - held == set()
    assert not any(name.startswith("tests/") for name in held)


@pytest.mark.slow
def test_an_installed_wheel_explains_and_judges(wheel, tmp_path):
    venv.create(tmp_path / "clean", with_pip=True)
    scripts = tmp_path / "clean" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "-q", wheel], check=True, cwd=tmp_path)
    explained = subprocess.run([scripts / "podlaw", "why", POD], check=True, capture_output=True, text=True, cwd=tmp_path)
    judged = subprocess.run([scripts / "podlaw", "check", HISTORY], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "STATUS: CrashLoopBackOff" in explained.stdout
    assert judged.stdout.startswith("lawful: ")


@pytest.mark.parametrize("name", podlaw.__all__)
def test_every_public_name_is_there_when_it_is_first_used(name):
    assert getattr(podlaw, name).__module__.startswith("podlaw.")
    assert name in dir(podlaw)


def test_an_unknown_public_name_is_an_attribute_error_that_names_the_others():
    with pytest.raises(AttributeError, match="'podlaw' has no attribute 'Lore'; it has EventError, "):
        podlaw.Lore  # noqa: B018


def test_importing_podlaw_does_not_load_the_law():
    loaded = "import sys, podlaw; print([m for m in ('podlaw.law', 'podlaw.oracle', 'transitions') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout == "[]\n"
