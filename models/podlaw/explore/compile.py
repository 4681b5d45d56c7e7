"""Turn a ground form into functions: compiled by numba where it is installed, and run by CPython otherwise."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from podlaw.explore.collapse import Collapsed
from podlaw.explore.layout import Layout
from podlaw.explore.source import judging, source
from podlaw.ground.domains import Finite
from podlaw.ground.nodes import Node
from podlaw.ground.steps import Step

HEAD: Final = "from numba import njit\n\n\n"
# All arrays are the caller's, and counting who uses them would take a fifth of the time. Numba's only switch for that is private;
# what it prunes by itself stops at branches (numba#2350), of which the search is full.
OPTIONS: Final = {"cache": True, "_nrt": False}


def jit() -> bool:
    """Return whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def plain(steps: tuple[Step, ...], places: Layout) -> list[Any]:
    """Return every step as a function of CPython."""
    space = _run(source(steps, places))
    return [space[f"step_{i}"] for i in range(len(steps))]


def referee(rules: Sequence[Node], places: Layout) -> Any:
    """Return what judges the rules on one step between published words as a function of CPython."""
    return _run("\n\n\n".join(judging(rules, places)))["violated"]


def _run(text: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(text, "<ground>", "exec"), space)  # noqa: S102 - rendered from checked expressions only
    return space


def native(form: Finite, places: Layout, rules: Sequence[Node] = ()) -> ModuleType:
    """Return the steps and the loops of the search as a module that numba compiles, from a file named by its hash, so that it is compiled once."""
    loops = [Path(__file__).with_name(name).read_text(encoding="utf-8").split('"""', 2)[2] for name in ("learning.py", "kernel.py")]
    options = ", ".join(f"{name}={value}" for name, value in OPTIONS.items())
    text = HEAD + re.sub(r"^def ", f"@njit({options})\ndef ", Collapsed(form, places).text(rules) + "".join(loops), flags=re.MULTILINE)
    name = "podlaw_" + hashlib.sha256(f"{sys.version}{text}".encode()).hexdigest()[:24]
    if name in sys.modules:
        return sys.modules[name]
    path = cache() / f"{name}.py"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)  # whole or not at all
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba's cache looks a function's module up by name
    spec.loader.exec_module(module)
    return module


def learner(module: Any, tables: object) -> Any:
    """Return the function that finds what is not known yet, compiled by itself and called by its address."""
    numba: Any = importlib.import_module("numba")  # an extra, which types must do without
    word = numba.int64
    signature = word(*[word] * 7, numba.typeof(tables))
    return numba.cfunc(signature, **OPTIONS)(module.learn.py_func)


def cache() -> Path:
    """Return the directory of generated files, private to this user."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = base / "podlaw"
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory if os.access(directory, os.W_OK) else Path(tempfile.mkdtemp(prefix="podlaw-"))
