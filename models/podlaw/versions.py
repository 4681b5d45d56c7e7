"""Which minor and which feature gates each component runs, and so which entries of the law apply."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from podlaw import schema
from podlaw.errors import LawError
from podlaw.source import Source

COMPONENTS = ("apiserver", "kubelet")


class Selection(msgspec.Struct, frozen=True):
    """The minors and the gates that are on, per component."""

    apiserver: str
    kubelet: str
    on: frozenset[tuple[str, str]]

    def applies(self, entry: schema.Applies, component: str) -> bool:
        """Return whether an entry is part of the law of this component (the kubelet's for all but the API server)."""
        component = component if component in COMPONENTS else "kubelet"
        minor = number(self.apiserver if component == "apiserver" else self.kubelet)
        return (
            (entry.since is None or number(entry.since) <= minor)
            and (entry.until is None or minor <= number(entry.until))
            and (entry.gate is None or (component, entry.gate) in self.on)
            and (entry.without is None or (component, entry.without) not in self.on)
        )


def number(minor: str) -> int:
    """Return 36 for "1.36"."""
    return int(minor.partition(".")[2])


def select(source: Source, version: str | None, apiserver: str | None, kubelet: str | None, gates: Mapping[str, Mapping[str, bool]]) -> Selection:
    """Return the selection; raise LawError for an unknown minor, component or gate, and for skew outside Kubernetes' policy."""
    known = source.read(schema.Versions)
    newest = next(given for given in (version, apiserver, known.minors[-1]) if given is not None)
    api = _minor(newest if apiserver is None else apiserver, known)
    node = _minor(newest if kubelet is None else kubelet, known)
    if not number(api) - 3 <= number(node) <= number(api):
        raise LawError(f"kubelet {node} with API server {api}: a kubelet may be up to three minors older and never newer; choose such a pair")
    on = {(component, gate) for component in COMPONENTS for gate, spec in known.gates.items() if default(spec, api if component == "apiserver" else node)}
    for component, wanted in gates.items():
        if component not in COMPONENTS:
            raise LawError(f"'{component}' is not a component; gates belong to {' or '.join(COMPONENTS)}")
        for gate, value in wanted.items():
            _admit(gate, component, api if component == "apiserver" else node, known)
            on = on | {(component, gate)} if value else on - {(component, gate)}
    needed = {(c, g) for c, g in on if (need := known.gates[g].needs) is None or (c, need) in on}
    return Selection(api, node, frozenset(needed))


def changed(source: Source, selection: Selection) -> dict[str, dict[str, bool]]:
    """Return the gates that differ from the defaults of the minors, as `select` takes them."""
    usual = select(source, None, selection.apiserver, selection.kubelet, {}).on
    found: dict[str, dict[str, bool]] = {}
    for component, gate in sorted(selection.on ^ usual):
        found.setdefault(component, {})[gate] = (component, gate) in selection.on
    return found


def default(gate: schema.Gate, minor: str) -> bool:
    """Return whether a gate is on by default at a minor."""
    at = number(minor)
    return gate.on is not None and number(gate.on) <= at and (gate.off is None or at < number(gate.off))


def _minor(text: str, known: schema.Versions) -> str:
    minor = ".".join(text.removeprefix("v").split(".")[:2])
    if minor not in known.minors:
        raise LawError(f"Kubernetes '{text}' is not a version the law knows; choose one of {', '.join(known.minors)}")
    return minor


def _admit(gate: str, component: str, minor: str, known: schema.Versions) -> None:
    spec = known.gates.get(gate)
    if spec is None:
        raise LawError(f"'{gate}' is not a gate the law knows; known are {', '.join(sorted(known.gates))}")
    if number(minor) < number(spec.known):
        raise LawError(f"{component} {minor} does not know the gate {gate}; it begins with {spec.known}")
    if spec.locked is not None and number(spec.locked) <= number(minor):
        raise LawError(f"the gate {gate} is locked since {spec.locked}; leave it out for {component} {minor}")
