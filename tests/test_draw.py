"""Drawings show the law: every state and move of it, nothing else, and they tell when they are stale."""

import re
import xml.etree.ElementTree as ET

import pytest

from podlaw.dot import DARK, NOTHING, TONES, WRITERS, dot, svg
from podlaw.draw import draw, mermaid, names, stale, write_all
from podlaw.errors import InputError
from podlaw.law import Law
from podlaw.picture import Arrow, Cause, Picture, State, picture, worded

LAW = Law()
MERMAID = re.compile(r' +(direction LR|state "[^":;<>]*" as s\d|(\[\*\]|s\d) --> (\[\*\]|s\d)( : [^":;<>]*)?)')
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


def test_every_machine_and_graph_is_drawable():
    """The names are those of the law's graphs and machines, each once."""
    assert sorted([*LAW.graphs, *LAW.whole.program.machines]) == sorted(set(names(LAW)))


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
    for line in mermaid(ODD).splitlines()[3:]:
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
    assert names(LAW) == stale(tmp_path, LAW)
    assert names(LAW) == write_all(tmp_path / "new", LAW)
    at = tmp_path / "new"
    assert not stale(at, LAW)
    (at / "phase.svg").unlink()
    (at / "worker.svg").write_text((at / "worker.svg").read_text().replace("sync", "sink", 1))
    (at / "Ready.mmd").write_text("stateDiagram-v2\n")
    assert {"phase", "worker", "Ready"} == set(stale(at, LAW))
    assert "AllContainersRestarting" in stale(at, Law("1.34"))
    assert 2 * len(names(LAW)) - 1 == len(list(at.iterdir()))


def test_unknown_names_formats_and_places_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"'fase' is neither a machine nor an observed graph; the law has .*phase"):
        draw(LAW, "fase")
    with pytest.raises(InputError, match="'png' is not a format of drawings; choose svg, dot or mermaid"):
        draw(LAW, "phase", "png")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"it cannot be written .*; name a directory you may write to"):
        write_all(tmp_path / "file", LAW)
