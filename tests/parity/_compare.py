"""The cases (program × face), their differences and the list of known gaps."""

import difflib
import importlib
import pathlib
import pprint
from collections.abc import Iterator
from typing import Any, NamedTuple

from ._normal import masked, numbered
from ._oracle import BROKEN, PROGRAMS, Face, Program

_GAPS = pathlib.Path(__file__).with_name("known_gaps.txt")


def load() -> None:
    """Import every ``area_*.py``, which registers its programs."""
    here = pathlib.Path(__file__).parent
    for path in sorted(here.glob("area_*.py")):
        importlib.import_module(f"{__package__}.{path.stem}")


class Case(NamedTuple):
    """One program on one face."""

    program: str
    face: Face

    @property
    def id(self) -> str:
        """How pytest and the list of known gaps name it."""
        return f"{self.program}[{self.face}]"


def cases() -> Iterator[Case]:
    """Yield every case of the loaded programs."""
    for name, item in PROGRAMS.items():
        for face in item.faces:
            yield Case(name, face)


def difference(case: Case, *, against: str = "anystep") -> list[str]:
    """Return what differs between the oracle and *against*, as diff lines."""
    return compared(PROGRAMS[case.program], case.face, against=against)


def compared(
    program: Program, face: Face, *, against: str = "anystep", **replaced: Any
) -> list[str]:
    """Return what differs between the oracle and *against* for one program.

    *replaced* names come from elsewhere for *against*.
    """
    expected = program.observe("langgraph", face)
    if any(label == BROKEN for label, _ in expected):
        return ["the program itself is broken on langgraph", *_lines(expected)[-5:]]
    got = program.observe(against, face, **replaced)
    if _lines(numbered(expected)) == _lines(numbered(got)):
        return []
    # Numbers shift from the first difference on: show the difference without
    # them, unless the numbers are all that differs.
    for level in (masked, numbered):
        lines = difflib.unified_diff(
            _lines(level(expected)), _lines(level(got)), "langgraph", against, n=2
        )
        shown = [line.rstrip("\n") for line in lines]
        if shown:
            return shown
    return []


def oracle(case: Case) -> list[str]:
    """Return what langgraph shows, as the lines that are compared."""
    return _lines(numbered(PROGRAMS[case.program].observe("langgraph", case.face)))


def _lines(trace: list[tuple[str, Any]]) -> list[str]:
    result: list[str] = []
    for label, value in trace:
        shown = pprint.pformat(value, width=100, sort_dicts=False)
        result += [f"{label}: {line}" for line in shown.splitlines()]
    return result


def known_gaps() -> dict[str, str]:
    """Return the cases that do not pass yet, each with its reason."""
    gaps: dict[str, str] = {}
    for number, line in enumerate(_GAPS.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        case, separator, reason = line.partition("  # ")
        if not separator or not reason.strip():
            raise ValueError(f"known_gaps.txt line {number}: 'case  # reason' expected")
        gaps[case.strip()] = reason.strip()
    return gaps
