"""The programs that live at random take up to three numbers."""

import pytest

from seeds import asked


@pytest.mark.parametrize(("given", "numbers"), [([], (100, 20, 0)), (["5"], (5, 20, 0)), (["5", "6", "7"], (5, 6, 7))])
def test_what_is_not_given_is_the_default(given, numbers):
    assert numbers == asked(given, 100, 20)


@pytest.mark.parametrize("given", [["many"], ["1", "2", "3", "4"]])
def test_what_is_no_number_or_too_much_ends_with_status_2_and_no_traceback(given, capsys):
    with pytest.raises(SystemExit, match="2"):
        asked(given, 100, 20)
    assert "error: " in capsys.readouterr().err
