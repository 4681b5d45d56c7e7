"""Bad input is one sentence with file, line, document and remedy."""

import gzip
import json

import pytest

from podlaw.errors import InputError
from podlaw.history import split
from podlaw.history.read import Bad, documents

POD = '{"kind":"Pod","metadata":{"name":"a","uid":"u"},"spec":{"containers":[{"name":"c"}]},"status":{%s}}'


def sentences(path):
    return [one.sentence for one in documents(path) if isinstance(one, Bad)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"kind":"Pod","metadata":', "line 1, document 0: not JSON (Input data was truncated); give one whole JSON document"),
        ("[1, 2]", "line 1, document 0: Expected `object`, got `array` at the document; give a v1 Pod"),
        ('{"kind":"Node","metadata":{"uid":"u"},"spec":{"containers":[]}}', "document 0: Invalid enum value 'Node' at kind; give a v1 Pod"),
        ('{"kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[]}}', "document 0: the required field 'uid' is missing at metadata; give"),
        (POD % '"phase":"Ready"', "document 0: Invalid enum value 'Ready' at status.phase; give"),
        (POD % '"containerStatuses":[{"name":"c","state":{"running":{},"waiting":{}}}]', "container 'c' has two states at once; keep one of"),
        (POD % '"containerStatuses":[{"name":"c","restartCount":"3"}]', "Expected `int`, got `str` at status.containerStatuses[0].restartCount"),
        ('{"kind":"Pod","metadata":{"name":"a","uid":""},"spec":{"containers":[]}}', "document 0: metadata.uid is empty; give a pod as"),
        ('{"type":"ERROR","object":{"kind":"Status"}}', "document 0: the watch ended with an error; start it again"),
    ],
)
def test_a_document_that_is_no_pod_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "in.json"
    path.write_text(text)
    (sentence,) = sentences(path)
    assert words in sentence
    assert sentence.startswith(str(path))
    assert "\n" not in sentence


def test_bytes_that_are_not_utf8_are_one_sentence(tmp_path):
    path = tmp_path / "in.json"
    path.write_bytes(b'{"kind": "Pod", "metadata": {\n"name": "\xff\xfe"}}')
    assert "is not UTF-8; save the input as UTF-8" in sentences(path)[0]


@pytest.mark.parametrize(("content", "words"), [(b"", "it holds no pod"), (b"\n\n", "it holds no pod"), (b"\x1f\x8bnothing", "it cannot be read")])
def test_an_input_without_pods_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "in.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        list(documents(path))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"missing\.json: it cannot be read \(No such file or directory\); name a readable file, or - for standard input"):
        list(documents(tmp_path / "missing.json"))


def test_a_status_without_a_state_an_unknown_reason_and_a_negative_code_are_input(tmp_path):
    path = tmp_path / "in.json"
    ended = '{"name":"c","state":{"terminated":{"exitCode":-1,"reason":"ProviderFailed"}}}'
    path.write_text(POD % '"containerStatuses":[{"name":"c"}]' + "\n" + POD % f'"containerStatuses":[{ended}]')
    assert sentences(path) == []
    assert [one.pod.app[0].state for one in documents(path)] == ["unset", "terminated"]


def test_a_compressed_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "in.json.gz"
    path.write_bytes(gzip.compress((POD % "").encode()))
    assert [one.pod.name for one in documents(path)] == ["a"]


def test_after_a_bad_document_in_any_layout_the_next_one_is_read(tmp_path):
    path = tmp_path / "in.json"
    path.write_text('{\n "kind": "Pod",\n "metadata": oops\n}\n' + (POD % "").replace(",", ",\n "))
    found = list(documents(path))
    assert [isinstance(one, Bad) for one in found] == [True, False]
    assert found[1].line == 5


@pytest.mark.parametrize(
    ("layout", "places"),
    [
        ("{0}\n{0}\n", [(0, 1), (1, 2)]),
        ("{0}{0} {0}\n", [(0, 1), (1, 1), (2, 1)]),
        ("{1}\n{0}\n{1}", [(0, 1), (1, 16), (2, 17)]),
        ('{{"kind":"List","items":[{0},{0}]}}', [(0, 1), (1, 1)]),
        ('{{"type":"ADDED","object":{0}}}\n{{"type":"BOOKMARK","object":{{"kind":"Pod"}}}}\n{0}', [(0, 1), (1, 3)]),
        ("\ufeff{0}", [(0, 1)]),
    ],
)
def test_documents_stand_in_any_layout(tmp_path, layout, places):
    pod = json.loads(POD % "")
    path = tmp_path / "in.json"
    path.write_text(layout.format(json.dumps(pod), json.dumps(pod, indent=1)), encoding="utf-8")
    assert [(one.index, one.line) for one in documents(path) if not isinstance(one, Bad)] == places


@pytest.mark.parametrize("broken", [b'{"kind":"Pod","meta', b"hello", b'{"kind":"Pod"}}', b'{"metadata":{"uid":"\xff"}}', b"[[[["])
def test_the_documents_around_a_broken_one_are_read(tmp_path, broken):
    path = tmp_path / "in.json"
    pod = (POD % "").encode()
    path.write_bytes(b"\n".join([pod, broken, pod]))
    found = list(documents(path))
    assert [one.line for one in found if not isinstance(one, Bad)] == [1, 3]
    assert {one.line for one in found if isinstance(one, Bad)} == {2}


def test_what_stands_before_the_torn_end_of_a_compressed_file_is_read(tmp_path):
    path = tmp_path / "in.json.gz"
    path.write_bytes(gzip.compress(((POD % "") + "\n").encode() * 1000)[:-9])
    *_, last = documents(path)
    assert isinstance(last, Bad)
    assert "the rest cannot be read" in last.sentence
    assert sum(not isinstance(one, Bad) for one in documents(path)) > 0


def test_an_empty_list_holds_nothing_to_judge(tmp_path):
    path = tmp_path / "in.json"
    path.write_text('{"kind": "List", "items": []}')
    assert list(documents(path)) == []


def test_a_document_beyond_the_bound_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(split, "LARGEST", 200)
    path = tmp_path / "in.json"
    path.write_text((POD % "") + "\n" + json.dumps({"metadata": "x" * 900}) + "\n" + (POD % "").replace(",", ",\n"))
    assert [one.line for one in documents(path) if not isinstance(one, Bad)] == [1, 3]
    assert "the document has more than 200 bytes; give one pod a document" in sentences(path)[0]
