"""What a simulation reads: plain YAML as people write it, refused in one sentence that names the place, and never followed without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from podlaw.cli import main

POD = "kind: Pod\nmetadata: {name: web, uid: u}\nspec: {containers: [{name: app}]}\n"
BOMB = "".join(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True))


def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, pod: str | bytes, events: str | None = None, name: str = "pod.yaml") -> tuple[int, str, str]:
    path, script = tmp_path / name, tmp_path / "events.yaml"
    path.write_bytes(pod if isinstance(pod, bytes) else pod.encode())
    if events is not None:
        script.write_text(events, encoding="utf-8")
    status = main(["simulate", str(path), "--steps", "0", *(["--events", str(script)] if events is not None else [])])
    said = capsys.readouterr()
    return status, said.out, said.err.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("pod", "sentence"),
    [
        (POD.replace("app}", "[]}"), "/pod.yaml, document 0: Expected `str`, got `array` at spec.containers[0].name; give a v1 Pod"),
        (POD + "---\n" + POD.replace("[{name: app}]", "[]"), "/pod.yaml, document 1: the API server refuses the pod: spec.containers: Required value"),
        ("kind: List\nitems: [{spec: 1}]\n", "/pod.yaml, document 0, item 0: Expected `object`, got `int` at spec; give"),
        ("kind: List\nitems: null\n", "/pod.yaml, document 0, item 0: it is a NoneType where a Pod is wanted; give"),
        (POD.replace("uid: u", "uid: u, uid: v"), "/pod.yaml:2: 'uid' stands twice; keep one"),
        (POD.replace("{containers", "{<<: *x, containers").replace("kind: Pod", "x: &x {}\nkind: Pod"), "/pod.yaml:4: a list, mapping or merge names nothing"),
        (POD + "\tx: 1\n", "/pod.yaml:4: not YAML (found character that cannot start any token); mend it there"),
        (POD.replace("[{name: app}]", "[{name: app}], priority: 0x1"), "/pod.yaml:3: '0x1' is not a number here; write it in decimal digits"),
        (POD.replace("[{name: app}]", f"[{{name: app}}], priority: {1 << 63}"), "/pod.yaml, document 0: Expected `int` <= 9223372036854775807 at"),
        ("a: &a [x]\n" + BOMB, "/pod.yaml:"),
        ("a: &a [*a]\n", "/pod.yaml:"),
        ("[" * 100_000, "/pod.yaml:1: not YAML ("),
    ],
)
def test_a_manifest_that_is_no_pod_is_one_sentence_with_its_place(capsys, tmp_path: Path, pod: str, sentence: str) -> None:
    status, out, err = run(capsys, tmp_path, pod)
    assert (2, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(f"podlaw: {sentence}")


@pytest.mark.parametrize("pod", [POD.replace("uid: u", "uid: 2026-11-22"), POD.replace("\n", "\r\n"), b"\xef\xbb\xbf" + POD.encode()])
def test_dates_are_texts_and_neither_line_ends_nor_byte_order_marks_matter(capsys, tmp_path: Path, pod: str | bytes) -> None:
    assert (0, "") == run(capsys, tmp_path, pod)[::2]


def test_json_may_begin_with_a_byte_order_mark(capsys, tmp_path: Path) -> None:
    text = '\ufeff{"metadata": {"name": "web", "uid": "u"}, "spec": {"containers": [{"name": "app"}]}}'
    assert (0, "") == run(capsys, tmp_path, text, name="pod.json")[::2]


def test_control_characters_of_a_manifest_never_reach_the_terminal(capsys, tmp_path: Path) -> None:
    _, out, err = run(capsys, tmp_path, POD, r'- {event: change_image, pod: web, container: app, image: "\e[2J"}')
    assert "\x1b" not in out + err
