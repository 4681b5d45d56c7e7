"""The command line: thin wrappers that read, call one function, print, and return a status.

Exit status everywhere: 0 holds, 1 violated, 2 bad input or usage, 3 undetermined.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from podlaw import console
from podlaw.console import BAD, HOLDS, INTERRUPTED, STATUSES, UNDETERMINED, VIOLATED, ApiServer, Gates, Kubelet, Shape, Version
from podlaw.errors import InputError, PodlawError

if TYPE_CHECKING:
    from podlaw.law import Law

HELP: Final = "The Kubernetes Pod lifecycle as an executable, versioned law."
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, help=HELP)


@app.command()
def why(
    source: Annotated[str, typer.Argument(metavar="[FILE]", help="A pod or a list as kubectl get -o json prints it; - for standard input.")] = "-",
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
) -> None:
    """Explain a pod: the rows and fields that decide its phase, conditions and STATUS, and what may come next."""
    from podlaw.history import why as explained  # noqa: PLC0415
    from podlaw.history.read import Bad, documents  # noqa: PLC0415

    found = list(documents(source))
    chosen = console.law(law, apiserver, kubelet, gate)
    readings = [explained.why(one.pod, chosen) for one in found if not isinstance(one, Bad)]
    if readings:
        console.say(explained.as_json(readings) if shape == "json" else explained.as_text(readings))
    console.finish(HOLDS, [one.sentence for one in found if isinstance(one, Bad)])


@app.command()
def explain(
    word: Annotated[str, typer.Argument(metavar="WORD", help="A rule, reason, field or event: PHASE-03, CrashLoopBackOff, Ready, publish.")],
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
) -> None:
    """Tell what the law knows of a word: its rules, tables, events and moves, and a shortest history that shows it."""
    from podlaw import explain as explaining  # noqa: PLC0415

    found = explaining.explain(word, console.law(law, apiserver, kubelet, gate))
    console.say(explaining.as_json(found) if shape == "json" else explaining.as_text(found))


@app.command()
def check(
    sources: Annotated[list[str], typer.Argument(metavar="FILE...", help="Watch events, pods or lists, plain or .gz; - for standard input.")],
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
) -> None:
    """Judge histories: every snapshot and every step by the rules of the law."""
    from podlaw.history import report as reports  # noqa: PLC0415
    from podlaw.history.check import check as judge  # noqa: PLC0415

    chosen = console.law(law, apiserver, kubelet, gate)
    errors, judged = [], []
    for source in sources:
        try:
            judged.append(judge(source, chosen))
        except InputError as error:
            errors.append(str(error))
    if not judged:
        console.finish(STATUSES["undetermined"], errors)
        return
    report = reports.merged(judged)
    console.say(reports.as_json(report) if shape == "json" else reports.as_text(report))
    console.finish(STATUSES[report.verdict], [*errors, *report.errors])


@app.command()
def replay(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Recorded families: each watch, arrivals and runtime as .jsonl.gz.")],
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
) -> None:
    """Replay recordings of a real kubelet: some run of the model must explain all that each shows."""
    from podlaw.history import replay as replays  # noqa: PLC0415

    chosen = console.law(law, apiserver, kubelet, gate)
    errors, families = [], []
    for directory in directories:
        try:
            families.append(replays.Family(directory.resolve().name, tuple(replays.replay(directory, chosen))))
        except InputError as error:
            errors.append(str(error))
    if families:
        console.say(replays.as_json(families) if shape == "json" else replays.as_text(families))
    judged = [one for family in families for one in family.lives]
    unsaid = not judged or any(one.open for one in judged)
    console.finish(VIOLATED if any(one.disagreements for one in judged) else UNDETERMINED if unsaid else HOLDS, errors)


@app.command()
def explore(
    scopes: Annotated[list[str] | None, typer.Argument(metavar="[SCOPE...]", help="Scopes of the law, or YAML files; all are listed if none is named.")] = None,
    path: Annotated[str | None, typer.Option("--path", metavar="0/3/1", help="Walk one history of one scope instead of exploring all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Explore every scope of the law.")] = False,
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
    memory: Annotated[int | None, typer.Option("--memory", metavar="MIB", min=1, help="Stop at so much memory; by default at 60 % of what is free.")] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="DIR", help="Write a watch file and a test of every violation.")] = None,
) -> None:
    """Explore every state of a scope: rules, dead ends, what can always be reached."""
    from podlaw.explore import command  # noqa: PLC0415

    chosen = console.law(law, apiserver, kubelet, gate)
    if every and scopes:
        raise InputError("--all explores every scope of the law; name none, or leave it out")
    named = command.names(chosen) if every else scopes or []
    if path is not None:
        if len(named) != 1:
            raise InputError("--path walks one scope; name just one")
        console.say(command.walked(named[0], path, chosen, shape))
    elif not named:
        console.say(command.listed(chosen))
    else:
        results = [command.explored(name, chosen, memory, output) for name in named]
        console.say(command.shown(results, shape))
        console.finish(command.status({one.verdict for one in results}), [])


@app.command()
def export(
    scope: Annotated[str, typer.Argument(metavar="SCOPE", help="A scope of the law, or a YAML file.")],
    to: Annotated[Literal["json", "promela", "dot"], typer.Option("--to", help="The ground form (json, promela), or what it publishes (dot).")] = "json",
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
) -> None:
    """Print a scope for other programs: for SPIN, for your own, or as a picture."""
    from podlaw.explore import command  # noqa: PLC0415

    console.say(command.exported(scope, console.law(law, apiserver, kubelet, gate), to))


@app.command()
def simulate(
    files: Annotated[list[str], typer.Argument(metavar="MANIFEST...", help="Pods as YAML or JSON.")],
    events: Annotated[str | None, typer.Option("--events", metavar="FILE", help="A script: a YAML list of events and waits.")] = None,
    at_random: Annotated[bool, typer.Option("--random", help="Random events; the default without --events.")] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same life.")] = 0,
    steps: Annotated[int, typer.Option("--steps", metavar="N", min=0, max=100_000, help="How many random events.")] = 30,
    nodes: Annotated[int, typer.Option("--nodes", metavar="N", min=1, max=26, help="How many nodes the cluster has.")] = 2,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the life too.")] = None,
    law: Version = None,
    apiserver: ApiServer = None,
    kubelet: Kubelet = None,
    gate: Gates = None,
    shape: Shape = "text",
) -> None:
    """Live the pods of some manifests, by a script or at random; --format json prints watch events that `check` reads."""
    from podlaw.simulate import command  # noqa: PLC0415

    if events is not None and at_random:
        raise InputError("--events and --random exclude each other; give one")
    cluster = command.simulated(files, events, seed, steps, nodes, console.law(law, apiserver, kubelet, gate))
    if svg is not None:
        command.drawn(cluster, svg)
    console.say(command.shown(cluster, shape))
    broken = [f"{one.pod}: {one.property} ({', '.join(one.rules)}) is broken: {one.says}" for one in cluster.broken]
    for sentence in broken:
        console.complain(sentence)
    raise typer.Exit(VIOLATED if broken else HOLDS)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Kubernetes minor, or APISERVER/KUBELET, for example 1.36/1.33.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same of the law that it is compared with.")],
    gate: Annotated[list[str] | None, typer.Option("--gate", metavar="COMPONENT:NAME=BOOL", help="A feature gate of the NEW law; may be repeated.")] = None,
    pods: Annotated[str | None, typer.Option("--pods", metavar="FILE", help="Preview an upgrade: which of these pods would publish differently.")] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", metavar="NAME", help="A scope, or a YAML file; by default every small one.")] = None,
    part: Annotated[Literal["pod", "phase", "conditions", "containers"], typer.Option("--of", help="What of the published pods is compared.")] = "pod",
    shape: Shape = "text",
) -> None:
    """Compare two laws: what they say, the shortest histories on which they publish different pods, or, with --pods, pods at hand.

    A history is played to both laws step by step; a step that a law refuses leaves its pod as it is.
    """
    from podlaw.diff import command  # noqa: PLC0415

    before, after = _pair(old, None), _pair(new, gate)
    if pods is None:
        found = command.differences(before, after, scope or [], part)
        console.say(command.shown(found, before, after, shape))
        console.finish(VIOLATED if found.different else UNDETERMINED if found.undetermined else HOLDS, [])
        return
    if scope or part != "pod":
        raise InputError("--pods compares pods at hand, --scope and --of are about histories; give one or the other")
    preview = command.preview(pods, before, after)
    if preview.pods or not preview.errors:
        console.say(command.shown(preview, before, after, shape))
    console.finish(VIOLATED if preview.changes else HOLDS, preview.errors)


def _pair(text: str, gates: list[str] | None) -> Law:
    apiserver, _, kubelet = text.partition("/")
    return console.law(None, apiserver, kubelet or apiserver, gates)


@app.command()
def draw(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Machines or observed graphs; all where none is named.")] = None,
    law: Version = None,
    picture: Annotated[Literal["svg", "dot", "mermaid"], typer.Option("--format", help="How one picture is written to standard output.")] = "svg",
    output: Annotated[Path | None, typer.Option("--output", metavar="DIR", help="Write every picture into a directory.")] = None,
) -> None:
    """Draw the machines and observed graphs of the law."""
    from podlaw import draw as drawing  # noqa: PLC0415

    chosen = console.law(law, None, None, None)
    if output is not None:
        drawing.write_all(output, chosen)
        return
    for text in [drawing.draw(chosen, name, picture) for name in names] if names else drawing.names(chosen):
        console.say(text)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status; every known error is one sentence on standard error."""
    try:
        result = app(arguments, standalone_mode=False, prog_name="podlaw")
        return result if isinstance(result, int) else HOLDS
    except PodlawError as error:
        console.complain(str(error))
    except OSError as error:
        console.silence()
        console.complain(f"{error.filename or 'standard output'} cannot be written to ({error.strerror}); send it elsewhere")
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        message = getattr(error, "format_message", None)  # typer's errors of usage
        if message is None:
            raise
        console.complain(f"{message().rstrip('.')}; podlaw --help shows the usage")
    return BAD


if __name__ == "__main__":
    sys.exit(main())
