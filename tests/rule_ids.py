"""Which rules of the catalogue the law bears, and which spec/README.md says it does not; `python tests/rule_ids.py` drops there what is now borne."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from podlaw.explain.entries import borne
from podlaw.law import SPEC, whole

IDS: Final = Path(__file__).parent / "data" / "rule-ids.yaml"
SHOWN: Final = IDS.with_name("shown-rules.yaml")
README: Final = SPEC / "README.md"
BEGIN, END = "<!-- not encoded -->\n", "<!-- end of not encoded -->\n"
ROW: Final = re.compile(r"^\| ((?:[A-Z]+-\d+)(?:, [A-Z]+-\d+)*) \| (.+) \|\n", re.MULTILINE)


def families() -> dict[str, list[str]]:
    """Return every rule id by family."""
    found: dict[str, list[str]] = yaml.safe_load(IDS.read_text(encoding="utf-8"))
    return found


def encoded() -> frozenset[str]:
    """Return the ids that entries of the law bear."""
    return borne(whole(SPEC))


def listed(text: str | None = None) -> list[str]:
    """Return the ids that the table of spec/README.md lists."""
    table = (README.read_text(encoding="utf-8") if text is None else text).split(BEGIN)[1].split(END)[0]
    return [one for row in ROW.finditer(table) for one in row[1].split(", ")]


def wrong(known: frozenset[str], given: list[str]) -> Iterator[str]:
    """Yield a sentence for every id that is neither borne nor listed, or both, or listed twice, or in no catalogue."""
    every = [one for family in families().values() for one in family]
    told = Counter(given)
    for one in sorted(set(every) | known | set(told)):
        if one not in every:
            yield f"{one} is not in tests/data/rule-ids.yaml"
        elif one in known and told[one]:
            yield f"{one} is encoded, so spec/README.md must not list it; python tests/rule_ids.py drops it"
        elif one not in known and told[one] != 1:
            yield f"{one} is not encoded, and spec/README.md lists it {told[one]} times; say there once why not"


def count() -> dict[str, tuple[int, int, int]]:
    """Return for every family how many ids are encoded, how many are listed, and how many there are."""
    known, told = encoded(), {*listed()}
    return {family: (len(known & {*ids}), len(told & {*ids}), len(ids)) for family, ids in families().items()}


def shown() -> dict[str, tuple[int, int, int]]:
    """Return for every family how many ids are encoded, and of them how many a witness reaches and a noticed mutant bears by the last record."""
    record: dict[str, dict[str, list[str]]] = yaml.safe_load(SHOWN.read_text(encoding="utf-8"))
    reached, noticed = ({one for some in record[part].values() for one in some} for part in ("reached", "noticed"))
    every = {family: encoded() & {*ids} for family, ids in families().items()}
    return {family: (len(some), len(some & reached), len(some & reached & noticed)) for family, some in every.items()}


def shrunk(text: str, known: frozenset[str]) -> str:
    """Return spec/README.md without the ids that are borne."""

    def kept(row: re.Match[str]) -> str:
        left = [one for one in row[1].split(", ") if one not in known]
        return f"| {', '.join(left)} | {row[2]} |\n" if left else ""

    head, table = text.split(BEGIN)
    return head + BEGIN + ROW.sub(kept, table)


if __name__ == "__main__":
    README.write_text(shrunk(README.read_text(encoding="utf-8"), encoded()), encoding="utf-8")
    sys.stdout.write("".join(f"{sentence}\n" for sentence in wrong(encoded(), listed())))
