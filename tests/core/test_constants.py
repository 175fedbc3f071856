"""Constants, deprecated import paths, and deprecation warnings themselves."""

from __future__ import annotations

import pytest

from anystep import _constants, constants, types
from anystep.warnings import (
    LangGraphDeprecatedSinceV05,
    LangGraphDeprecatedSinceV10,
    LangGraphDeprecatedSinceV11,
    LangGraphDeprecationWarning,
)

pytestmark = pytest.mark.host


def test_names_in_saved_data_never_change() -> None:
    """Threads saved yesterday hold these."""
    assert (constants.START, constants.END) == ("__start__", "__end__")
    assert constants.TASKS == "__pregel_tasks"
    assert _constants.NULL_TASK_ID == "00000000-0000-0000-0000-000000000000"


def test_every_name_is_said_once() -> None:
    """Two constants with one text would be one too many."""
    texts = [
        value
        for name, value in vars(_constants).items()
        if isinstance(value, str) and name.isupper()
    ]

    assert len(texts) == len(set(texts))


def test_old_paths_still_work_and_warn() -> None:
    """Records from anystep.types, private names from the engine."""
    with pytest.warns(LangGraphDeprecatedSinceV10, match="from anystep.types import Send"):
        assert constants.Send is types.Send
    with pytest.warns(LangGraphDeprecatedSinceV10, match="now private"):
        assert constants.RESUME == "__resume__"
    with pytest.raises(AttributeError, match="no attribute 'NOTHING'"):
        _ = constants.NOTHING


@pytest.mark.parametrize(
    ("cls", "since", "removal"),
    [
        (LangGraphDeprecatedSinceV05, "0.5", "2.0"),
        (LangGraphDeprecatedSinceV10, "1.0", "2.0"),
        (LangGraphDeprecatedSinceV11, "1.1", "3.0"),
    ],
)
def test_a_deprecation_says_since_when_and_until_when(
    cls: type[LangGraphDeprecatedSinceV10], since: str, removal: str
) -> None:
    """In its text, whatever full stop the message had."""
    warning = cls("Use b.")

    assert warning.message == "Use b"
    assert str(warning) == f"Use b. Deprecated in LangGraph V{since} to be removed in V{removal}."
    assert isinstance(warning, DeprecationWarning)


def test_removal_is_expected_with_the_next_major_version() -> None:
    """Unless it is said otherwise."""
    assert LangGraphDeprecationWarning("x", since=(3, 4)).expected_removal == (4, 0)
