"""README says what is so: its commands and its Python run, and print what it shows."""

import doctest
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n\$ (.+)\n((?:.+\n)+)```$", README, re.MULTILINE)
LINKS = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)


@pytest.mark.parametrize(("command", "printed"), SESSIONS)
def test_a_command_prints_what_readme_shows(command, printed):
    runs = command.replace("podlaw ", f"{sys.executable} -m podlaw.cli ", 1)
    assert subprocess.run(["bash", "-c", runs], cwd=ROOT, capture_output=True, text=True, check=False).stdout == printed


def test_readme_shows_each_command_for_people():
    assert [command.split()[1] for command, _ in SESSIONS] == ["why", "explain", "check", "diff", "explore"]


def test_the_python_example_prints_what_readme_shows():
    example = re.search(r"^```python\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)[1]
    parsed = doctest.DocTestParser().get_doctest(example, {}, "README.md", "README.md", 0)
    assert doctest.DocTestRunner().run(parsed) == doctest.TestResults(0, 8)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_readme_leads_somewhere(link):
    assert (ROOT / link).exists()


def test_continuous_integration_runs_readmes_two_commands_then_lint_and_types():
    commands = re.search(r"^```sh\n(.+)\n(.+)\n```$", README, re.MULTILINE).groups()
    script = (ROOT / ".ci" / "run").read_text()
    assert [script.count(command) for command in commands] == [1, 1]
    assert "nox -s lint types" in script


def test_the_command_is_the_one_that_the_package_installs():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"] == {"podlaw": "podlaw.cli:main"}
    assert shutil.which("bash") is not None
