"""The command line of the programs that live at random: how many lives, how many steps each, and the first seed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def asked(arguments: Sequence[str], seeds: int, steps: int) -> tuple[int, int, int]:
    """Return the numbers that are given, and these and 0 for those that are not; exit with status 2 where they are no numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", nargs="?", type=int, default=seeds, help=f"how many lives, by default {seeds}")
    parser.add_argument("steps", nargs="?", type=int, default=steps, help=f"how many steps each, by default {steps}")
    parser.add_argument("first", nargs="?", type=int, default=0, help="the first seed, by default 0")
    given = parser.parse_args(arguments)
    return given.seeds, given.steps, given.first
