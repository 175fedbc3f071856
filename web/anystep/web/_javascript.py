"""The way from Python to `js/storage.js`, and from its failures to ours."""

import sys
from collections.abc import Awaitable
from importlib import import_module
from importlib.resources import files
from typing import Any

from anystep.web.errors import (
    StorageBlockedError,
    StorageCipherError,
    StorageClosedError,
    StorageError,
    StorageFullError,
    StorageLostError,
    StorageUnavailableError,
    StorageVersionError,
    ThreadConflictError,
)

#: What `storage.js` is registered as, so that no policy has to allow code from strings.
MODULE = "anystep_storage"

_ELSEWHERE = (
    "the storage of a browser is there inside Pyodide only; on a server use"
    " anystep.checkpoint.sqlite"
)

_REMEDIES: dict[str, tuple[type[StorageError], str]] = {
    "UnavailableError": (
        StorageUnavailableError,
        (
            "{what}: this page cannot store anything ({message}). Blocked site data does that, and the"
            " private windows of some browsers; InMemorySaver works everywhere"
        ),
    ),
    "QuotaExceededError": (
        StorageFullError,
        (
            "{what}: the browser has no room left for this page ({message}). Nothing of this step was"
            " stored; prune or delete threads, or ask for navigator.storage.persist()"
        ),
    ),
    "BlockedError": (
        StorageBlockedError,
        "{what}: {message}, so it cannot be upgraded. Close or reload the other tabs of this page",
    ),
    "TakenError": (
        StorageBlockedError,
        "{what}: {message}, and one at a time can. Close it there, or use IndexedDBSaver",
    ),
    "VersionError": (
        StorageVersionError,
        "{what}: a newer anystep wrote it ({message}). Reload the page to get that version",
    ),
    "ClosedError": (
        StorageClosedError,
        "{what}: {message}. Reload the page; what was acknowledged is stored",
    ),
    "LostError": (
        StorageLostError,
        (
            "{what}: the browser found its files damaged and has thrown away what was stored"
            " ({message}). It is empty now: open it again to begin anew, import what was exported"
        ),
    ),
    "CipherError": (
        StorageCipherError,
        "{message} cannot be decrypted: {what} was written with another key, or changed",
    ),
    "ConflictError": (
        ThreadConflictError,
        (
            "{what}: {message}. Nothing of this step was stored. Read the thread's state and go on"
            " from there, or keep other tabs out with `async with saver.lease(thread_id)`"
        ),
    ),
}


def storage_module() -> Any:
    """`storage.js`. Raises StorageUnavailableError where there is none."""
    return javascript_module(
        MODULE, ("cipher.js", "database.js", "lines.js", "locks.js", "storage.js")
    )


def javascript_module(registered: str, names: tuple[str, ...]) -> Any:
    """The last of these modules of ours, as it was registered, or evaluated now.

    Raises StorageUnavailableError outside of Pyodide, and where a policy forbids to evaluate.
    """
    try:
        return import_module(registered)
    except ModuleNotFoundError:
        pass
    if sys.platform != "emscripten":
        raise StorageUnavailableError(_ELSEWHERE)
    import pyodide_js  # pyright: ignore[reportMissingImports]
    from pyodide.code import run_js  # pyright: ignore[reportMissingImports]

    try:
        module = run_js(_as_expression(names))
    except Exception as error:
        raise StorageUnavailableError(
            "this page's policy forbids code from strings: register the module instead, by"
            f" pyodide.registerJsModule('{registered}', await import('./anystep/{names[-1]}'))"
        ) from error
    pyodide_js.registerJsModule(registered, module)
    return module


def _as_expression(names: tuple[str, ...]) -> str:
    """Modules, each of which imports from those before it only, as one expression: what the last exports."""
    bodies: list[str] = []
    exported = ""
    for name in names:
        source = (files(__package__ or "") / "js" / name).read_text(encoding="utf-8")
        body, _, exported = source.partition("\nexport {")
        bodies.append("\n".join(line for line in body.splitlines() if line[:7] != "import "))
    return f"(() => {{{chr(10).join(bodies)}\nreturn {{{exported.strip().removesuffix(';')}; }})()"


async def answered(promise: Awaitable[Any], what: str) -> Any:
    """What JavaScript answers, as Python. `what` is what was asked about, for an error's text."""
    try:
        value = await promise
    except Exception as error:
        raise translated(error, what) from error
    return value.to_py() if hasattr(value, "to_py") else value


def translated(error: Exception, what: str) -> Exception:
    """An error of JavaScript as one of ours; any other error as it is."""
    if not hasattr(error, "js_error"):
        return error
    name, message = str(getattr(error, "name", "")), str(getattr(error, "message", ""))
    known = _REMEDIES.get(name)
    if known is None:
        return StorageError(f"{what}: {name}: {message}")
    return known[0](known[1].format(what=what, message=message or name))


def to_js(value: Any) -> Any:
    """Lists, texts, numbers and bytes as JavaScript's own; bytes are copied.

    Raises StorageUnavailableError outside of Pyodide.
    """
    if sys.platform != "emscripten":
        raise StorageUnavailableError(_ELSEWHERE)
    from pyodide.ffi import to_js as convert  # pyright: ignore[reportMissingImports]

    return convert(value)


def wait_for(coroutine: Any, instead: str) -> Any:
    """What a coroutine gives, for a caller who cannot await.

    Raises RuntimeError, which says what to call `instead`, where the browser cannot switch stacks.
    """
    if sys.platform == "emscripten":
        from pyodide.ffi import can_run_sync, run_sync  # pyright: ignore[reportMissingImports]

        if can_run_sync():
            return run_sync(coroutine)
    coroutine.close()
    raise RuntimeError(
        f"the browser's storage answers later, and this call cannot wait for it: use {instead}."
        " (Synchronous calls work where the browser has JSPI and Python was entered"
        " asynchronously: runPythonAsync or callPromising)"
    )
