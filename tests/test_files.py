"""What a command writes is whole or not there, and where it cannot be written is one sentence."""

import os
from pathlib import Path

import pytest

from podlaw.cli import main
from podlaw.errors import InputError
from podlaw.files import write


def test_a_file_is_written_into_a_directory_that_is_made(tmp_path):
    write(tmp_path / "new" / "a.txt", "text")
    assert (["a.txt"], "text") == ([path.name for path in (tmp_path / "new").iterdir()], (tmp_path / "new" / "a.txt").read_text())


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"taken: it cannot be written \(.*\); name a file you may write to"):
        write(tmp_path / "taken", "text")
    with pytest.raises(InputError, match=r"^/: it cannot be written"):
        write(Path("/"), "text")
    assert ["taken"] == [path.name for path in tmp_path.iterdir()]


def test_what_is_no_plain_file_is_written_to_and_stays_what_it_is(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe, "text")
    assert (b"text", True) == (os.read(reading, 10), pipe.is_fifo())
    os.close(reading)


@pytest.mark.parametrize("command", [["explore", "restart-never", "--output"], ["draw", "--output"]])
def test_an_output_that_is_no_directory_is_refused(command, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert 2 == main([*command, str(tmp_path / "file")])
    said = capsys.readouterr()
    assert ("", 1, "mine") == (said.out, said.err.count("\n"), (tmp_path / "file").read_text())
    assert said.err.startswith(f"podlaw: {tmp_path / 'file'}: it cannot be made (File exists); name a directory you may write to")
