"""Random graphs behave on anystep as they do on langgraph.

More seeds by hand: ``python -m tests.parity.soak FIRST COUNT``.
"""

import pytest

from ._compare import Case, compared
from ._oracle import FACES
from ._random import program_of


@pytest.mark.parametrize("seed", range(60))
def test_seed(seed: int) -> None:
    """Streams, snapshots, history and results of one random graph are the same."""
    program = program_of(seed)
    face = FACES[seed % 2]

    lines = compared(program, face)

    assert not lines, "\n".join([Case(program.name, face).id, *lines])
