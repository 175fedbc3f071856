"""Every program gives the same observations on anystep as on langgraph."""

import pytest

from ._compare import Case, cases, difference, known_gaps, load
from ._oracle import PROGRAMS

load()
CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_program(case: Case) -> None:
    """What langgraph shows, anystep shows; a known gap still differs."""
    lines = difference(case)

    if case.id in known_gaps():
        assert lines, f"{case.id} passes now: remove it from known_gaps.txt"
    else:
        assert not lines, "\n".join([PROGRAMS[case.program].says, *lines])


def test_known_gaps_name_existing_cases() -> None:
    """The list of gaps holds no name that no case has."""
    assert set(known_gaps()) <= {case.id for case in CASES}


def test_every_program_says_what_it_shows() -> None:
    """A program has a one-line docstring."""
    silent = [name for name, item in PROGRAMS.items() if "\n" in item.says or not item.says]

    assert not silent
