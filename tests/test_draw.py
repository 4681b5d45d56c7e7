"""Drawings show the law: every state and move of it, nothing else, and they tell when they are stale."""

import re
import xml.etree.ElementTree as ET

import pytest

from podlaw.dot import DARK, NOTHING, TONES, WRITERS, dot, svg
from podlaw.draw import draw, mermaid, stale, write_all
from podlaw.draw import names as drawn
from podlaw.errors import InputError
from podlaw.examples import told
from podlaw.graphs import key
from podlaw.law import Law
from podlaw.page import PAGES, Page, page
from podlaw.page import svg as svg_of_page
from podlaw.picture import Arrow, Cause, Picture, State, names, picture, worded

LAW = Law()
MERMAID = re.compile(r' +(direction LR|state "[^":;<>]*" as g\d {|}|state "[^":;<>]*" as (g\d)?s\d|(\[\*\]|(g\d)?s\d) --> (\[\*\]|(g\d)?s\d)( : [^":;<>]*)?)')
HOSTILE = 'a "b" <c> & \\N #; {x}: %'
ODD = Picture(HOSTILE, HOSTILE, (State(HOSTILE, HOSTILE, initial=True), State("end", "", final=True)), (
    Arrow(HOSTILE, "end", (Cause(HOSTILE, HOSTILE[:20], "kubelet", False, HOSTILE), Cause("again", "", "client", True, "x"))),
))  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def texts(drawing: str) -> str:
    return " ".join(" ".join(ET.fromstring(drawing).itertext()).split())  # noqa: S314 - it was drawn here


def said(drawing: str, *tags: str) -> list[str]:
    """Return the contents of the texts and tooltips of a drawing."""
    wanted = {f"{{http://www.w3.org/2000/svg}}{tag}" for tag in tags or ("text", "title")}
    return [" ".join("".join(e.itertext()).split()) for e in ET.fromstring(drawing).iter() if e.tag in wanted]  # noqa: S314 - it was drawn here


def test_every_machine_and_graph_is_drawable():
    """The names are those of the law's graphs and machines, each once, of the pages, and of the whole."""
    assert sorted([*LAW.graphs, *LAW.whole.program.machines]) == sorted(set(names(LAW)))
    assert [*names(LAW), "conditions", "whole"] == drawn(LAW)


def test_the_page_of_conditions_shows_each_of_them_once():
    conditions = {name for name, graph in LAW.graphs.items() if graph.spec.value.endswith(".status")}
    assert sorted(conditions) == sorted(one.title for one in page(LAW, "conditions").pictures)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_all_that_its_pictures_say(name):
    """In every format: all texts and tooltips of an SVG, all captions in Mermaid, all of the graph in DOT."""
    whole = {kind: draw(LAW, name, kind) for kind in ("svg", "mermaid", "dot")}
    for one in page(LAW, name).pictures:
        assert {*said(svg(dot(one, alone=False)))} <= {*said(whole["svg"])}
        assert dot(one, alone=False) in whole["dot"]
        assert {line.partition(" : ")[2] for line in mermaid(one).splitlines()} <= {line.partition(" : ")[2] for line in whole["mermaid"].splitlines()}


def test_the_pictures_of_a_page_do_not_overlap():
    boxes = [tuple(map(int, box)) for box in re.findall(r'<svg x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', draw(LAW, "conditions"))]
    assert len(page(LAW, "conditions").pictures) == len(boxes)
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if all(a[k] < b[k] + b[k + 2] and b[k] < a[k] + a[k + 2] for k in (0, 1))]


@pytest.mark.parametrize("name", LAW.graphs)
def test_every_move_of_a_graph_carries_its_example_as_a_tooltip(name):
    """The move's name has its own, the line those of all its moves; where there is no example, the reason."""
    examples, titles = told(LAW), said(draw(LAW, name), "title")
    for edge in LAW.graphs[name].edges:
        head, example = f"{edge.spec.move} ({edge.spec.by})", " ".join(examples[key(name, edge)].split())
        assert [title for title in titles if title.startswith(head) and example in title]
        assert len([title for title in titles if head in title and example in title]) >= 2


def test_a_note_stands_on_the_drawing_and_names_a_rule_of_its_move():
    noted = [(name, edge) for name, graph in LAW.graphs.items() for edge in graph.edges if edge.spec.note]
    assert {("phase", "starts over"), ("phase", "rejected or never ran"), ("container-state", "restarts unseen")} < {(name, e.spec.move) for name, e in noted}
    for name, edge in noted:
        assert edge.spec.note.rpartition("(")[2].rstrip(")") in edge.rules
        assert edge.spec.note in {cause.note for arrow in picture(LAW, name).arrows for cause in arrow.causes}


def test_every_word_of_a_note_is_drawn():
    shown = texts(draw(LAW, "phase"))
    assert "init containers run again in a new sandbox (PHASE-34)" in shown


@pytest.mark.parametrize("name", names(LAW))
def test_a_picture_shows_every_move_of_the_law_once(name):
    """Arrows merge parallel moves and lose none."""
    if name in LAW.graphs:
        expected = [(e.spec.source, e.spec.target, e.spec.move) for e in LAW.graphs[name].edges]
    else:
        moves = LAW.whole.program.machines[name].moves
        expected = [(source, m.spec.target, m.spec.event.replace("_", " ")) for m in moves for source in m.sources]
    arrows = picture(LAW, name).arrows
    assert sorted(expected) == sorted((a.source, a.target, c.words) for a in arrows for c in a.causes)
    assert len(arrows) == len({(a.source, a.target) for a in arrows})


@pytest.mark.parametrize("name", names(LAW))
def test_an_svg_names_every_state_and_says_the_rules_of_every_move(name):
    """What a label has no room for stands in a tooltip."""
    shown = texts(draw(LAW, name))
    one = picture(LAW, name)
    for wanted in [*(s.name for s in one.states), *(line for a in one.arrows for c in a.causes for line in c.details.split("\n"))]:
        assert " ".join(wanted.split()) in shown


def test_a_drawing_is_the_same_whenever_it_is_made_and_says_nothing_of_its_maker():
    first = draw(LAW, "phase")
    assert first == draw(Law(), "phase")
    assert not re.search(r"graphviz|/tmp|/home|20\d\d-", first, re.IGNORECASE)


def test_a_version_without_a_gate_is_drawn_without_its_moves():
    assert len(picture(Law("1.34"), "AllContainersRestarting").arrows) < len(picture(LAW, "AllContainersRestarting").arrows)


def test_hostile_names_are_escaped_in_every_format():
    """Text is text: no quote, angle bracket, backslash or entity of a name becomes syntax."""
    shown = texts(svg(dot(ODD)))
    assert HOSTILE in shown
    assert "&#92;" not in shown
    assert HOSTILE in texts(svg_of_page(Page(HOSTILE, HOSTILE, (ODD, ODD))))
    for one in (ODD, Page(HOSTILE, HOSTILE, (ODD, ODD))):
        for line in mermaid(one).splitlines()[3:]:
            assert MERMAID.fullmatch(re.sub(r"#\d+;", "", line))


@pytest.mark.parametrize(
    ("expected", "when"),
    [
        ("new run and not ready", "new_run and not c.ready"),
        ("ContainersReady is False", "pod.ContainersReady.status == 'False'"),
        ("no node", "pod.node == ''"),
        ("some last reason before", "b.last_reason != ''"),
        ("phase is Failed or Succeeded", "pod.phase in ('Failed', 'Succeeded')"),
        ("some init container", "any(true for c in pod.init)"),
        ("every app container: not ready", "all(not d.ready for d in pod.app)"),
        ("no back off from", "back_off_from(container) == none"),
        ("", None),
    ],
)
def test_guards_read_as_words(expected, when):
    assert expected == worded(when)


def test_every_colour_reads_well_on_light_and_on_dark_pages():
    """Text keeps a contrast of 4.5 to the paper (WCAG AA), and each light colour has one dark stand-in."""
    assert set(WRITERS.values()) < set(DARK)
    for light, dark in ((c, DARK[c]) for c in [*WRITERS.values(), "#1f2430", "#5b6472"]):
        assert contrast(light, "#ffffff") >= 4.5
        assert contrast(dark, DARK["#ffffff"]) >= 4.5
    for tone in TONES:
        for ink in ("#1f2430", "#5b6472"):
            assert contrast(ink, tone) >= 4.5
            assert contrast(DARK[ink], DARK[tone]) >= 4.5


def test_every_coloured_state_is_one_of_the_law():
    drawn = {state.name for name in names(LAW) for state in picture(LAW, name).states}
    assert set().union(NOTHING, *TONES.values()) <= drawn


def test_what_leads_back_from_every_other_state_is_drawn_once_and_not_lost():
    """Container states fall back to absent from everywhere; every cause stands in one arrow, folded or not."""
    one = picture(LAW, "container-state")
    single, back = one.folded()
    assert [("", "absent", {"pod rejected"})] == [(a.source, a.target, {c.words for c in a.causes}) for a in back]
    assert "absent" not in {a.target for a in single}
    assert sorted(c.details for a in one.arrows for c in a.causes) == sorted(c.details for a in (*single, *back) for c in a.causes)
    assert [name for name in names(LAW) if len(picture(LAW, name).states) < 3 and picture(LAW, name).folded()[1]] == []


def test_the_lines_of_boxes_and_labels_are_centred_in_any_font():
    """Only title, sentence and legend begin at a place; no blank that Graphviz needed for measuring is left."""
    begun = re.findall(r'<text [^>]*text-anchor="start"[^>]*>([^<]*)', draw(LAW, "container-state"))
    assert ["Container state", picture(LAW, "container-state").says, "■ kubelet"] == begun


def test_written_diagrams_are_fresh_until_one_is_lost_edited_or_of_another_law(tmp_path):
    """`stale` is silent after `write_all`, and names exactly what was touched."""
    assert drawn(LAW) == stale(tmp_path, LAW)
    assert drawn(LAW) == write_all(tmp_path / "new", LAW)
    at = tmp_path / "new"
    assert not stale(at, LAW)
    (at / "phase.svg").unlink()
    (at / "worker.svg").write_text((at / "worker.svg").read_text().replace("sync", "sink", 1))
    (at / "Ready.mmd").write_text("stateDiagram-v2\n")
    (at / "conditions.svg").write_text((at / "conditions.svg").read_text().replace("first status", "worst status", 1))
    assert {"phase", "worker", "Ready", "conditions"} == set(stale(at, LAW))
    assert {"AllContainersRestarting", "conditions"} < set(stale(at, Law("1.34")))
    assert 2 * len(drawn(LAW)) - 1 == len(list(at.iterdir()))


def test_unknown_names_formats_and_places_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"'fase' is neither a machine nor an observed graph; the law has .*phase"):
        draw(LAW, "fase")
    with pytest.raises(InputError, match="'png' is not a format of drawings; choose svg, dot or mermaid"):
        draw(LAW, "phase", "png")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"it cannot be made .*; name a directory you may write to"):
        write_all(tmp_path / "file", LAW)
