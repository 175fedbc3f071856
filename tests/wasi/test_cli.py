"""A command's exports: every way a ``main`` can end becomes an exit status, and nothing escapes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

import pytest

from anystep.wasi.cli import exit_status, exports


def raising(error: BaseException) -> Callable[[], object]:
    """A main function that raises."""

    def main() -> object:
        raise error

    return main


@pytest.mark.parametrize(
    ("main", "status"),
    [
        pytest.param(lambda: None, 0, id="None"),
        pytest.param(lambda: 0, 0, id="0"),
        pytest.param(lambda: 3, 3, id="3"),
        pytest.param(lambda: 256, 1, id="256"),
        pytest.param(lambda: "not a status", 1, id="text"),
        pytest.param(raising(SystemExit()), 0, id="exit"),
        pytest.param(raising(SystemExit(4)), 4, id="exit-4"),
        pytest.param(raising(SystemExit("no such city")), 1, id="exit-text"),
        pytest.param(raising(KeyboardInterrupt()), 130, id="interrupt"),
        pytest.param(raising(ValueError("bad")), 1, id="error"),
    ],
)
def test_every_end_is_a_status(main: Callable[[], object], status: int) -> None:
    """The status is the interpreter's own, except that 256 is no success."""
    assert exit_status(main) == status


def test_a_coroutine_is_run() -> None:
    """An async main runs on the loop of this host."""

    async def main() -> int:
        import asyncio

        await asyncio.sleep(0)
        return 5

    assert exit_status(main) == 5


def test_an_error_leaves_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """What went wrong stands on standard error, with the place."""
    exit_status(raising(ValueError("bad city")))

    printed = capsys.readouterr().err
    assert "ValueError: bad city" in printed
    assert "test_cli.py" in printed


def test_a_message_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`sys.exit("text")` prints the text, as everywhere."""
    exit_status(raising(SystemExit("no such city")))

    assert capsys.readouterr().err == "no such city\n"


def test_success_leaves_run_quietly() -> None:
    """`Run.run` returns for status 0."""
    run_class, exit_class = exports(lambda: 0)

    assert run_class().run() is None
    assert exit_class().status() == 0


def test_failure_is_wasis_failure_and_keeps_its_status() -> None:
    """`Run.run` raises what the host takes for failure; `Exit.status` has the whole status."""
    run_class, exit_class = exports(lambda: 9)
    failure: type[BaseException] = SystemExit
    if sys.platform == "wasi":
        failure = importlib.import_module("componentize_py_types").Err

    with pytest.raises(failure):
        run_class().run()

    assert exit_class().status() == 9
