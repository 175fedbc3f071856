"""Make a component's command out of a ``main`` function.

An exception that leaves a component's export aborts the whole instance with a Rust
panic, and ``sys.exit`` does with every status but 0 what it does with 1.  The exports
made here let nothing out: a traceback goes to standard error and the exit status to
the ``exit`` interface of our world, beside the plain success-or-failure that every
WASI host understands.

The module that a component is built from (`anystep.wasi.build` writes it) says::

    Run, Exit = exports(main)
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import CoroutineType
from typing import Any, cast

__all__ = ["exit_status", "exports"]

_HINT = (
    "In a component only the modules exist that were imported while it was built: import "
    "{name!r} at the top of your program, or name it with --import when building."
)


def exit_status(main: Callable[[], object]) -> int:
    """Call ``main`` (plain or async, without arguments) and return its exit status, 0 to 255.

    ``None`` and 0 are success, an integer is the status.  SystemExit counts as the
    interpreter would count it; any other exception is printed as a traceback and is 1,
    KeyboardInterrupt 130.
    """
    try:
        result = main()
        if isinstance(result, CoroutineType):
            # Here, not above: a plain command needs no asyncio.
            from anystep.wasi.loop import run

            result = run(cast("CoroutineType[Any, Any, object]", result))
        status = _status(result)
    except SystemExit as stop:
        status = _status(stop.code)
    except BaseException as error:  # noqa: BLE001 -- an escaped exception aborts the instance
        _report(error)
        status = 130 if isinstance(error, KeyboardInterrupt) else 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or 1
    return status


def exports(main: Callable[[], object]) -> tuple[type[Any], type[Any]]:
    """The classes ``Run`` and ``Exit`` that the command world exports, for ``main``.

    ``Run.run`` ends well for status 0 and with WASI's plain failure for any other;
    ``Exit.status`` then returns the whole status.
    """
    last = 0

    class Run:
        """Exports ``wasi:cli/run``."""

        def run(self) -> None:
            nonlocal last
            last = exit_status(main)
            if last:
                raise _failure()

    class Exit:
        """Exports ``anystep:command/exit``."""

        def status(self) -> int:
            return last

    return Run, Exit


def _status(result: object) -> int:
    if result is None:
        return 0
    if isinstance(result, int):
        # A status that is a multiple of 256 must not turn into success.
        return result & 0xFF or int(result != 0)
    sys.stderr.write(f"{result}\n")
    return 1


def _report(error: BaseException) -> None:
    # A component that fails may as well pay for this import; the prelude has it.
    import traceback

    if isinstance(error, ModuleNotFoundError) and error.name and sys.platform == "wasi":
        error.add_note(_HINT.format(name=error.name))
    traceback.print_exception(error)


def _failure() -> BaseException:
    """WASI's failure without a reason; off-host, for tests, a SystemExit."""
    try:
        types = importlib.import_module("componentize_py_types")
    except ImportError:
        return SystemExit(1)
    failure: BaseException = types.Err(None)
    return failure
