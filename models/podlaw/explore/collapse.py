"""Render a ground form to the functions of a search that stores the values of each part of the variables once, by number.

A state is then one number per part, and what a step does to a part is looked up: it was computed when it was first needed,
and depends on few variables. The text is compiled together with those of `learning` and `kernel`, which say how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from podlaw.explore.layout import Layout
from podlaw.explore.sleep import sleep
from podlaw.explore.source import TRUTH, Atoms, Writer, assigned, judging, truth
from podlaw.ground.domains import Finite
from podlaw.ground.nodes import FALSE, Node, conjuncts, nodes, variables
from podlaw.ground.steps import Step
from podlaw.ground.values import values

BITS: Final = 62  # of one word, or steps whose guards are tested at once
NUMBER: Final = 25  # bits of a number of values that stand in one key of the memo, which names the place in the text too


class Target(msgspec.Struct, frozen=True):
    """What one step does to one part: which changes, and which other parts they read."""

    site: int
    step: int
    part: int
    changes: dict[str, Node]
    others: tuple[int, ...]


class Collapsed:
    """The text of one search."""

    def __init__(self, form: Finite, places: Layout) -> None:
        self.steps, self.places = form.steps, places
        self.parts = len(places.parts) - 1
        self.marks = len(self.steps) // BITS + 1
        self.domains = {name: frozenset(values) for name, values in form.domains.items()}
        self.owner = {name: self._part(place.word) for name, place in places.places.items()}
        self.guards = [self._guard(step) for step in self.steps]
        self.columns = [0] * self.parts
        self.kinds: dict[tuple[int, tuple[int, ...]], int] = {}
        self.views: dict[tuple[int, tuple[int, ...]], int] = {}
        for part in range(self.parts):
            self.kinds[part, (-1,) * self._size(part)] = part
        shown = [-1] * places.published + [0] * (self._size(0) - places.published)
        self._view(0, shown)  # the first view of all: kind PARTS, column 0
        self.sleep = sleep(self.steps, form.domains, {name for name, part in self.owner.items() if part == 0})
        self.targets = list(self._targets())
        self.distinct = {target.site: target for target in self.targets}
        self.sites = len(self.distinct)
        self.common = next((t.site for t in self.targets if t.part == 0 and t.step == self.sleep.common and not t.others), -1)
        told = self.sleep.common is None or self.common >= 0  # whether the values of the first part tell that a state is quiet
        self.commuting = self.sleep.commuting if told else (0,) * len(self.steps)
        self.column_of: dict[int, int] = {}  # of a site
        self.atoms: dict[Node, str] = {}
        self.facts: list[list[tuple[Node, int, int]]] = [[] for _ in range(self.parts)]
        self._place_atoms()

    def text(self, rules: Sequence[Node]) -> str:
        """Return the module."""
        every = range(self.parts)
        effects = list(map(self._effect, self.distinct.values()))
        described = [self._facts(part) for part in every]
        opened = [self._opened(number) for number in range(len(self.steps)) if any(self.guards[number][1:])]
        dispatch = ["def effect(site, w, r):", *(f"    if site == {t.site}:\n        effect_{t.site}(w, r)" for t in self.distinct.values()), "    return"]
        describe = ["def describe(part, w, r):", *(f"    if part == {i}:\n        facts_{i}(w, r)" for i in every), "    return"]
        loops = list(map("\n".join, (dispatch, describe, list(self._spread()))))
        return "\n\n\n".join([self._constants(), *effects, *described, *opened, *loops, *judging(rules, self.places)]) + "\n"

    def _constants(self) -> str:
        sizes = [self._size(part) for part in range(self.parts)]
        reach = [sum(t.part == part for t in self.distinct.values()) + 1 for part in range(self.parts)]
        facts = self.marks + max((node[1] + 1 for part in self.facts for node in part), default=0)
        found = {
            "PUBLIC": self.places.published, "WIDTH": self.places.words, "PARTS": self.parts, "FIRST": self.places.parts,
            "SIZE": (*sizes, 0), "REACH": (*reach, 0), "EFFECTS": len(self.distinct), "SITES": self.sites, "FACTS": facts + 1,
            "COMMON": self.common, "COMMON_COLUMN": self.column_of.get(self.common, -1),
            "MARKS": self.marks, "COLUMNS": max(self.columns), "KINDS": tuple(self.kinds),
        }  # fmt: skip
        return "\n".join(f"{name} = {value}" for name, value in found.items())

    def _size(self, part: int) -> int:
        return self.places.parts[part + 1] - self.places.parts[part]

    def _part(self, word: int) -> int:
        return next(part for part in range(self.parts) if word < self.places.parts[part + 1])

    def _of(self, node: Node) -> set[int]:
        return {self.owner[name] for name in variables((node,))}

    def _guard(self, step: Step) -> tuple[list[Node], list[Node], list[Node]]:
        """Return what a step needs, at its cap too, that rests on single parts, and what else it needs within and at its cap."""
        capped = set(conjuncts(step.boundary))
        may = values(nodes((step.guard,)), self.domains)
        guard = [p for p in conjuncts(step.guard) if False in may[p]]
        common = [p for p in guard if (step.boundary is FALSE or p in capped) and len(self._of(p)) < 2]
        beyond = [] if step.boundary is FALSE else [p for p in conjuncts(step.boundary) if p not in common]
        return common, [p for p in guard if p not in common], beyond

    def _view(self, part: int, masks: Sequence[int]) -> int:
        """Return the column of what some variables of a part are worth."""
        key = part, tuple(masks)
        if key not in self.views:
            self.kinds.setdefault(key, len(self.kinds))
            self.views[key] = self._column(part)
        return self.views[key]

    def _column(self, part: int) -> int:
        self.columns[part] += 1
        return self.columns[part] - 1

    def _masks(self, part: int, names: Iterable[str]) -> list[int]:
        masks = [0] * self._size(part)
        for name in names:
            if self.owner[name] == part:
                place = self.places.places[name]
                masks[place.word - self.places.parts[part]] |= ((1 << place.bits) - 1) << place.shift
        return masks

    def _targets(self) -> Iterator[Target]:
        """Yield what each step does to each part; where steps do the same, it is one site and what the first says."""
        sites: dict[tuple[int, tuple[tuple[str, Node], ...]], tuple[int, dict[str, Node]]] = {}
        for number, (step, settled) in enumerate(zip(self.steps, self.sleep.steps, strict=True)):
            for part in range(self.parts):
                changes = {name: node for name, node in step.changes.items() if self.owner[name] == part}
                if changes:
                    same = tuple((name, settled.changes[name]) for name in changes)
                    site, changes = sites.setdefault((part, same), (len(sites), changes))
                    read = {self.owner[name] for name in variables(changes.values())}
                    yield Target(site, number, part, changes, tuple(sorted(read - {part})))

    def _place_atoms(self) -> None:
        """Give every largest expression of a guard that rests on one part bits in that part's facts."""
        at = [[0, 0] for _ in range(self.parts)]
        for node in self._atoms([p for guard in self.guards for p in (*guard[1], *guard[2])]):
            (part,) = self._of(node)
            codes = self.places.of_node.get(node, TRUTH)
            bits = max(len(codes) - 1, 1).bit_length()
            if at[part][1] + bits > BITS:
                at[part] = [at[part][0] + 1, 0]
            word, shift = at[part]
            at[part][1] += bits
            self.facts[part].append((node, word, shift))
            read = f"(f{part}_{word} >> {shift} & {(1 << bits) - 1})"
            self.atoms[node] = f"({read} == 1)" if truth(codes) else read

    def _atoms(self, roots: Iterable[Node]) -> Iterator[Node]:
        done: set[Node] = set()
        stack = list(roots)[::-1]
        while stack:
            if (node := stack.pop()) not in done:
                done.add(node)
                parts = len(self._of(node))
                if parts == 1:
                    yield node
                elif parts:
                    stack += node.args

    def _facts(self, part: int) -> str:
        """Return the function that tells of values of a part which steps it lets happen, and what else guards ask of it."""
        writer = Writer(self.places)
        alone = [[p for p in guard[0] if self._of(p) == {part}] for guard in self.guards]
        lines = writer.bound([*(p for one in alone for p in one), *(node for node, _, _ in self.facts[part])])
        words: dict[int, list[str]] = {mark: [] for mark in range(self.marks)}
        for number, one in enumerate(alone):
            words[number // BITS].append(f"({' & '.join(map(writer.text, one)) or '1'}) << {number % BITS}")
        for node, word, shift in self.facts[part]:
            words.setdefault(self.marks + word, []).append(f"({writer.text(node)} << {shift})")
        stored = [f"    r[{word}] = {' | '.join(f'({t})' for t in texts)}" for word, texts in words.items()]
        return "\n".join([f"def facts_{part}(w, r):", *self._read(part), *lines, *stored, "    return"])

    def _read(self, part: int) -> list[str]:
        first = self.places.parts[part]
        return [f"    w{first + k} = w[{k}]" for k in range(self._size(part))]

    def _opened(self, number: int) -> str:
        """Return the function that tests what else a step needs: 1 where it can happen, 2 where only its cap keeps it from that."""
        _, needs, beyond = self.guards[number]
        writer = Atoms(self.places, self.atoms)
        lines = []
        if beyond:
            lines += [*writer.bound(beyond), f"    if {' & '.join(map(writer.text, beyond))}:", "        return 2"]
        for prelude, test in writer.tests(needs):
            lines += [*prelude, f"    if not {test}:", "        return 0"]
        return "\n".join([f"def open_{number}({', '.join(f'f{part}_{word}' for part, word in self._asked(number))}):", *lines, "    return 1"])

    def _asked(self, number: int) -> list[tuple[int, int]]:
        """Return which words of which parts' facts a guard asks."""
        asked = set(self._atoms([*self.guards[number][1], *self.guards[number][2]]))
        return sorted({(part, word) for part, facts in enumerate(self.facts) for node, word, _ in facts if node in asked})

    def _effect(self, target: Target) -> str:
        """Return the function that writes the words of a part after a step, from all words before it."""
        writer = Writer(self.places)
        bound = writer.bound(target.changes.values())
        words = assigned(writer, target.changes, self.places)
        read = sorted(set(words) | {self.places.places[name].word for name in variables(target.changes.values())})
        lines = [*(f"    w{word} = w[{word}]" for word in read), *bound]
        lines += [f"    r[{word - self.places.parts[target.part]}] = {text}" for word, text in words.items()]
        return "\n".join([f"def effect_{target.site}(w, r):", *lines, "    return"])

    def _spread(self) -> Iterator[str]:
        """Yield the lines of the function that computes the successors of some states."""
        yield "def spread(first, last, states, asleep, t, learn, out, rest, acts, stops):"
        yield "    facts, moves, memo, counts, may = t.facts, t.moves, t.memo, t.counts, t.may"
        for part in range(self.parts):
            yield f"    s{part}, m{part} = t.shifts[{part}], t.limits[{part}] - 1"
        split = [f"        v{part} = key >> s{part} & m{part}" for part in range(self.parts)]
        yield from ("    for i in range(first, last):  # these reads do not wait for what a guard decides", "        key = states[i]", *split)
        for mark in range(self.marks):
            yield f"        may[i - first, {mark}] = {' & '.join(f'facts[{part}, v{part}, {mark}]' for part in range(self.parts))} & ~asleep[i, {mark}]"
        yield from ("    n = 0", "    for i in range(first, last):", "        if counts[PARTS] != 0:", "            return i, n")
        yield from ("        key = states[i]", "        capped = 0", *split, *(f"        c{mark} = may[i - first, {mark}]" for mark in range(self.marks)))
        yield from ("        quiet = -facts[0, v0, FACTS - 1]", *(f"        z{mark} = asleep[i, {mark}]" for mark in range(self.marks)))
        for number in range(len(self.steps)):
            yield f"        if c{number // BITS} & {1 << number % BITS}:"
            yield from self._happens(number)
        yield from ("        stops[i - first] = -n - 1 if capped else n", "    return last, n")

    def _happens(self, number: int) -> Iterator[str]:
        indent = " " * 12
        if any(self.guards[number][1:]):
            asked = [f"facts[{part}, v{part}, {self.marks + word}]" for part, word in self._asked(number)]
            yield f"{indent}done = open_{number}({', '.join(asked)})"
            if self.guards[number][2]:
                yield from (f"{indent}if done == 2:", f"{indent}    capped = 1")
            yield f"{indent}if done == 1:"
            indent += "    "
        targets = [t for t in self.targets if t.step == number]
        wide = [t for t in targets if len(t.others) > 1]
        if wide:
            yield from (indent + line for line in self._chained(wide))
        for target in targets:
            yield from (indent + line for line in self._moved(target))
        after = "".join(f" + (y{t.part} - v{t.part} << s{t.part})" for t in targets)
        yield from (f"{indent}out[n] = key{after}", f"{indent}acts[n] = {number}")
        yield from (indent + line for line in self._rested(number))
        yield f"{indent}n += 1"

    def _rested(self, number: int) -> Iterator[str]:
        """Yield the lines that tell which steps are asleep after a step, and that the step may be asleep after later ones."""
        still = "quiet"
        if self.sleep.touching[number]:
            yield "still = quiet & -facts[0, y0, FACTS - 1]"
            still = "still"
        for mark in range(self.marks):
            yield f"rest[n, {mark}] = z{mark} & {self.commuting[number] >> mark * BITS & (1 << BITS) - 1} & {still}"
        yield f"z{number // BITS} |= {1 << number % BITS} & {still}"

    def _viewed(self, name: str, part: int, read: Iterable[str]) -> Iterator[str]:
        masks = self._masks(part, read)
        column = self._view(part, masks)
        yield f"{name} = moves[{part}, v{part}, {column}]"
        yield from (f"if {name} < 0:", f"    {name} = learn({-1 - self.kinds[part, tuple(masks)]}, {part}, {column}, 0, 0, 0, key, t)")

    def _chained(self, wide: Sequence[Target]) -> Iterator[str]:
        """Yield the lines that number what the changes of several parts read."""
        read = variables(node for target in wide for node in target.changes.values())
        first, *rest = sorted({self.owner[name] for name in read} - ({wide[0].part} if len(wide) == 1 else set()))
        yield from self._viewed("q", first, read)
        for part in rest:
            yield from self._viewed("u", part, read)
            yield f"k = {self.sites + 1 << 2 * NUMBER} | q << {NUMBER} | u"
            yield from ("q = known(memo, k)", "if q < 0:", f"    q = learn({self.sites}, 0, 0, k, 0, 0, key, t)")
            self.sites += 1

    def _moved(self, target: Target) -> Iterator[str]:
        """Yield the lines that look up a part's number after a step."""
        part, site = target.part, target.site
        if not target.others:
            if site not in self.column_of:
                self.column_of[site] = self._column(part)
            column = self.column_of[site]
            yield f"y{part} = moves[{part}, v{part}, {column}]"
            yield from (f"if y{part} < 0:", f"    y{part} = learn({site}, {part}, {column}, 0, i, {target.step}, key, t)")
            return
        read = "q"      # of the wide targets of the step together
        if len(target.others) == 1:
            read = "o"
            yield from self._viewed(read, target.others[0], variables(target.changes.values()))
        yield from (f"k = {site + 1 << 2 * NUMBER} | {read} << {NUMBER} | v{part}", f"y{part} = known(memo, k)")
        yield from (f"if y{part} < 0:", f"    y{part} = learn({site}, {part}, -1, k, i, {target.step}, key, t)")
