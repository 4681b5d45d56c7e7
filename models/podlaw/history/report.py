"""A report as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from podlaw.history.check import PodReport, Report, Verdict
from podlaw.printable import printable

VERDICTS: Final[tuple[Verdict, ...]] = ("unlawful", "undetermined", "lawful")  # the gravest first


def as_json(report: Report) -> str:
    """Return the report as one JSON object; `errors` stand in it only where there are any."""
    fields = msgspec.to_builtins(report)
    if not fields["errors"]:
        del fields["errors"]
    return msgspec.json.format(msgspec.json.encode(fields), indent=2).decode()


def as_text(report: Report) -> str:
    """Return the report as lines: each finding under its pod, the verdict last."""
    return "\n".join(_lines(report))


def merged(reports: Sequence[Report]) -> Report:
    """Return one report on several inputs, in their order; positions and lines stay those of each input."""
    verdict = next((v for v in VERDICTS if any(r.verdict == v for r in reports)), VERDICTS[0])
    pods = [pod for report in reports for pod in report.pods]
    return Report(verdict, reports[0].law, sum(r.documents for r in reports), pods, [e for r in reports for e in r.errors])


def _lines(report: Report) -> Iterator[str]:
    for pod in report.pods:
        if pod.findings:
            yield from _pod(pod)
    count = {word: sum(p.verdict == word for p in report.pods) for word in ("lawful", "unlawful")}
    law = f"API server {report.law['apiserver']}, kubelet {report.law['kubelet']}"
    yield f"{report.verdict}: {report.documents} documents, {count['lawful']} pods lawful, {count['unlawful']} unlawful ({law})"


def _pod(pod: PodReport) -> Iterator[str]:
    yield printable(f"{pod.namespace}/{pod.name} ({pod.uid}): {pod.verdict}")
    for finding in pod.findings:
        yield printable(f"  document {finding.index}, line {finding.line}: {finding.rule} [{finding.strength}] {finding.message}")
