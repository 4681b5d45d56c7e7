"""Recordings stay explained under what no real cluster would notice: another epoch, other names, a slower watch, an earlier end, another neighbour."""

import gzip
import json
import random
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from podlaw.history.replay import replay

TRACES = Path(__file__).parent.parent / "data" / "traces"
FAMILIES = ("basic", "ephemeral", "gates", "hooks", "images", "probes", "static")
SHIFT = 1_000_000  # seconds
STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def read(family):
    """Return the lines of each file of a family."""
    return {name: [json.loads(line) for line in gzip.open(TRACES / family / f"{name}.jsonl.gz")] for name in ("watch", "arrivals", "runtime")}


def disagreeing(directory, recording):
    """Write a recording and return what its replay cannot explain."""
    for name, lines in recording.items():
        with gzip.open(directory / f"{name}.jsonl.gz", "wt", compresslevel=1) as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return [(one.name, one.disagreements or one.open) for one in replay(directory) if one.disagreements or one.open]


def everywhere(recording, change):
    """Return a recording with its text changed."""
    return {name: [json.loads(change(json.dumps(line))) for line in lines] for name, lines in recording.items()}


def shifted(stamp):
    return (datetime.fromisoformat(stamp[0]) + timedelta(seconds=SHIFT)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("family", FAMILIES)
def test_at_another_time_a_recording_agrees(family, tmp_path):
    moved = everywhere(read(family), lambda text: STAMP.sub(shifted, text))
    later = {name: [line | ({"t": line["t"] + SHIFT} if "t" in line else {}) for line in lines] for name, lines in moved.items()}
    assert [] == disagreeing(tmp_path, later)


@pytest.mark.parametrize("family", FAMILIES)
def test_with_other_names_and_uids_a_recording_agrees(family, tmp_path):
    names = {event["object"]["metadata"]["name"] for event in read(family)["watch"]} | {"app"}
    renamed = everywhere(read(family), lambda text: re.sub(rf'"({"|".join(map(re.escape, names))})"', r'"x-\1"', UID.sub(lambda u: u[0][::-1], text)))
    assert [] == disagreeing(tmp_path, renamed)


@pytest.mark.parametrize("family", FAMILIES)
def test_seen_by_a_slower_watch_a_recording_agrees(family, tmp_path):
    recording, chance, last = read(family), random.Random(1), 0.0
    for arrival in recording["arrivals"]:
        arrival["t"] = last = max(last, arrival["t"] + 0.05 * chance.random())
    assert [] == disagreeing(tmp_path, recording)


@pytest.mark.parametrize("family", FAMILIES)
def test_cut_after_any_event_a_recording_agrees(family, tmp_path):
    recording, chance = read(family), random.Random(2)
    cut = chance.randrange(1, len(recording["watch"]))
    end = recording["arrivals"][cut - 1]["t"]
    runtime = [line for line in recording["runtime"] if line["t"] <= end]
    assert [] == disagreeing(tmp_path, {"watch": recording["watch"][:cut], "arrivals": recording["arrivals"][:cut], "runtime": runtime})


@pytest.mark.parametrize("family", FAMILIES)
def test_with_its_lines_of_one_moment_in_any_order_a_recording_agrees(family, tmp_path):
    recording, chance = read(family), random.Random(3)
    chance.shuffle(recording["runtime"])
    recording["runtime"].sort(key=lambda line: line["t"])
    assert [] == disagreeing(tmp_path, recording)


@pytest.mark.parametrize("family", ["gates", "kubelet_restart"])
def test_without_field_managers_a_recording_agrees(family, tmp_path):
    """More silences then look long enough for a restart of the kubelet."""
    recording = read(family)
    for arrival in recording["arrivals"]:
        arrival["writers"] = []
    assert [] == disagreeing(tmp_path, recording)


@pytest.mark.parametrize(("one", "other"), [("basic", "gates"), ("hooks", "ephemeral")])
def test_beside_another_family_a_recording_agrees(one, other, tmp_path):
    both = [read(one), read(other)]
    merged = {name: [line for recording in both for line in recording[name]] for name in both[0]}
    order = sorted(range(len(merged["arrivals"])), key=lambda i: merged["arrivals"][i]["t"])
    watch, arrivals = ([merged[name][i] for i in order] for name in ("watch", "arrivals"))
    assert [] == disagreeing(tmp_path, {"watch": watch, "arrivals": arrivals, "runtime": sorted(merged["runtime"], key=lambda line: line["t"])})


def test_what_a_write_brings_about_agrees_where_the_watch_ends_before_it_shows_the_write(tmp_path):
    """A sandbox is made for a pod whose binding no event shows any more."""
    recording = read("basic")
    name = recording["watch"][0]["object"]["metadata"]["name"]
    sandbox = next(line for line in recording["runtime"] if line["pod"] == name)
    last = {"watch": recording["watch"][:1], "arrivals": recording["arrivals"][:1], "runtime": [sandbox]}
    last["arrivals"][0]["t"] = sandbox["t"]
    assert [] == disagreeing(tmp_path, last)
