"""Run components on CPython, with the ``wasmtime`` package.

    component = load("my_graph.wasm", cache=".cache/aot")
    done = component.run(["--city", "Oslo"], folders=[Folder("data", "/data")])
    print(done.status, done.stdout.decode())

A component is compiled to machine code once (about five seconds), kept in a cache
folder, and started from there in a few milliseconds.  It sees the arguments, the
environment, the input and the folders that it is given, and nothing else.

**Trust the cache folder**: what lies there is run as machine code.  Keep it where
only the user who runs components can write.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import math
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait  # noqa: TID253 -- a tool, never imported by a graph
from dataclasses import dataclass  # noqa: TID253 -- a tool, never imported by a graph
from pathlib import Path
from typing import Any

from anystep.wasi.errors import (
    ComponentDeadlineError,
    ComponentError,
    ComponentTrapError,
    MissingExtraError,
)

__all__ = ["WASM_STACK", "Component", "Done", "Folder", "cache_key", "load", "runtime_version"]

#: The stack of a component, in bytes.  Deep recursion of Python functions needs none of
#: it, freeing a value in a value in a value does: 50 000 lists deep, or 10 000 dicts.
WASM_STACK = 16 * 2**20

_STACK_SIZE = threading.Lock()
_RUN_PATCHES = range(10)
_EXIT_INTERFACE = "anystep:command/exit@0.1.0"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the host's that a component may use, and the name it has inside."""

    host: str | os.PathLike[str]
    guest: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run: exit status, what was printed, seconds to start and to run.

    ``stdout`` and ``stderr`` are empty for a run whose output was not captured.
    """

    status: int
    stdout: bytes
    stderr: bytes
    start_seconds: float
    run_seconds: float


@dataclass(frozen=True, slots=True)
class Component:
    """A compiled component, ready to be started any number of times, from any thread.

    ``compile_seconds`` is 0 when the machine code came from the cache.
    """

    machine_code: Path
    compile_seconds: float

    def run(
        self,
        argv: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        folders: Sequence[Folder] = (),
        stdin: bytes | None = b"",
        capture: bool = True,
        memory: int | None = None,
        deadline: float | None = None,
    ) -> Done:
        """Start a fresh instance, run its command to the end and return how it went.

        ``argv`` are the words after the program's name.  ``stdin`` None is this process's
        own.  Output is captured and returned, or with ``capture`` False goes where this
        process's goes, as it comes.  ``memory`` caps the instance's memory in bytes: at the
        cap its allocations fail, as MemoryError in Python.  ``deadline`` is in seconds: it
        stops computing, and so does KeyboardInterrupt, while a call into the host (a read, a
        sleep) is let finish first; `anystep.wasi.loop` sleeps in short slices for that.

        Raises ComponentDeadlineError, ComponentTrapError if the instance aborted, and
        ComponentError if it cannot be started at all.
        """
        wasmtime, _ = _wasmtime()
        with tempfile.TemporaryDirectory(prefix="anystep-wasi-") as scratch:
            # A fresh engine costs a third of a millisecond and makes its epoch, by which
            # a deadline stops a run, this run's alone.
            engine = _engine()
            store = wasmtime.Store(engine)
            store.set_epoch_deadline(1)
            if memory is not None:
                store.set_limits(memory_size=memory)
            config = _wasi(["command", *argv], env or {}, folders)
            streams = _Streams(Path(scratch), config, stdin, capture)
            store.set_wasi(config)
            began = time.perf_counter()
            command = _start(engine, store, self.machine_code)
            started = time.perf_counter()
            try:
                status = _supervised(engine, command, deadline)
            except wasmtime.ExitTrap as stop:
                status = stop.code
            except wasmtime.WasmtimeError as error:
                raise ComponentTrapError(_trap(error, streams.stderr())) from error
            ended = time.perf_counter()
            output = streams.stdout(), streams.stderr()
        return Done(status, *output, started - began, ended - started)


def load(
    component: str | os.PathLike[str], *, cache: str | os.PathLike[str] | None = None
) -> Component:
    """Compile a component, or take its machine code from the cache folder.

    Without ``cache`` it is ``$XDG_CACHE_HOME/anystep/wasi``, by default below ``~/.cache``.
    Raises MissingExtraError without wasmtime, ComponentError for a file that is none.
    """
    wasmtime, component_model = _wasmtime()
    folder = _default_cache() if cache is None else Path(cache)
    data = Path(component).read_bytes()
    target = folder / f"{cache_key(data)}.cwasm"
    if target.exists():
        try:
            component_model.Component.deserialize_file(_engine(), str(target))
        except wasmtime.WasmtimeError:
            # Cut short, or of a processor that this one is not: made again below.
            target.unlink(missing_ok=True)
        else:
            return Component(target, 0.0)
    began = time.perf_counter()
    try:
        code = component_model.Component(_engine(), data).serialize()
    except wasmtime.WasmtimeError as error:
        raise ComponentError(f"{os.fspath(component)!r} is not a component: {error}") from error
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = folder / f".{target.name}.{os.getpid()}"
    beside.write_bytes(code)
    beside.replace(target)
    return Component(target, time.perf_counter() - began)


def cache_key(component: bytes) -> str:
    """What machine code depends on: the component, wasmtime's version and the processor."""
    digest = hashlib.sha256()
    for part in (runtime_version(), platform.system(), platform.machine(), _processor()):
        digest.update(f"{part}\0".encode())
    digest.update(component)
    return digest.hexdigest()[:32]


def runtime_version() -> str:
    """The version of wasmtime.  Raises MissingExtraError if there is none."""
    try:
        return importlib.metadata.version("wasmtime")
    except importlib.metadata.PackageNotFoundError as error:
        raise _missing() from error


def _start(engine: Any, store: Any, machine_code: Path) -> Callable[[], int]:
    """Instantiate and return the call that runs the command and yields its status."""
    wasmtime, component = _wasmtime()
    linker = component.Linker(engine)
    linker.add_wasip2()
    try:
        compiled = component.Component.deserialize_file(engine, str(machine_code))
        instance = linker.instantiate(store, compiled)
    except wasmtime.WasmtimeError as error:
        raise ComponentError(f"the component cannot be started: {error}") from error

    def function(interface: str, name: str) -> Any:
        outer = compiled.get_export_index(interface)
        inner = None if outer is None else compiled.get_export_index(name, outer)
        return None if inner is None else instance.get_func(store, inner)

    named = (function(f"wasi:cli/run@0.2.{patch}", "run") for patch in _RUN_PATCHES)
    run = next((found for found in named if found is not None), None)
    if run is None:
        raise ComponentError("the component exports no wasi:cli/run@0.2: it is not a command")
    status = function(_EXIT_INTERFACE, "status")

    def call() -> int:
        failed = run(store).tag == "err"
        # Components of other makers tell success from failure and no more.
        return int(failed) if status is None else int(status(store))

    return call


def _supervised(engine: Any, command: Callable[[], int], deadline: float | None) -> int:
    """Run the command on a thread of its own, and stop it when its time is up.

    A thread, because its stack has a known size on every system, and because this one can
    then be interrupted: a signal's handler runs only between two instructions of Python.
    """
    outcome: Future[int] = Future()

    def work() -> None:
        try:
            outcome.set_result(command())
        except BaseException as error:  # noqa: BLE001 -- raised again by whoever waits
            outcome.set_exception(error)

    # A daemon: one that hangs in a call of the host's must not keep this process alive.
    thread = threading.Thread(target=work, name="anystep-wasi", daemon=True)
    try:
        # Here already an interrupt may come: the component begins before this returns.
        _start_with_room(thread)
        return _awaited(outcome, deadline)
    except BaseException as error:
        if outcome.done():
            raise
        # Also one that has not begun yet stops by it, at once.
        engine.increment_epoch()
        if thread.is_alive():
            thread.join()
        if isinstance(error, TimeoutError):
            message = f"the component was stopped after {deadline} seconds"
            raise ComponentDeadlineError(message) from None
        raise


def _awaited(outcome: Future[int], deadline: float | None) -> int:
    """What comes of it; raises TimeoutError at the deadline.

    A signal that arrives after Python looked for signals and before it waits for a lock does not
    end the wait: so this looks again, twice a second.
    """
    end = math.inf if deadline is None else time.monotonic() + deadline
    while not wait((outcome,), min(0.5, max(0, end - time.monotonic()))).done:
        if time.monotonic() >= end:
            raise TimeoutError
    return outcome.result()


def _start_with_room(thread: threading.Thread) -> None:
    """Start a thread with room for a component's stack and the host's beside it."""
    with _STACK_SIZE:
        # Python has no other way than this setting for all threads that start meanwhile.
        before = threading.stack_size(WASM_STACK + 4 * 2**20)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


def _trap(error: Exception, printed: bytes) -> str:
    """What happened, with the last lines of what the program printed."""
    said = printed.decode(errors="replace").strip().splitlines()[-20:]
    return "\n".join([f"the component aborted: {error}", *said])


def _wasi(argv: Sequence[str], env: Mapping[str, str], folders: Sequence[Folder]) -> Any:
    config = _wasmtime()[0].WasiConfig()
    config.argv = list(argv)
    config.env = list(env.items())
    for folder in folders:
        if not Path(folder.host).is_dir():
            raise ComponentError(f"{os.fspath(folder.host)!r} is not a folder to give away")
        config.preopen_dir(os.fspath(folder.host), folder.guest, folder.writable)
    return config


class _Streams:
    """The standard streams of a run: files in a scratch folder, or this process's own.

    Not wasmtime's Python callbacks: they are called, and let go, on threads of its own,
    which abort the process when they come upon an interpreter that is ending.
    """

    def __init__(self, scratch: Path, config: Any, stdin: bytes | None, capture: bool) -> None:
        self._scratch = scratch
        if stdin is None:
            config.inherit_stdin()
        else:
            Path(scratch, "stdin").write_bytes(stdin)
            config.stdin_file = str(scratch / "stdin")
        if capture:
            config.stdout_file = str(scratch / "stdout")
            config.stderr_file = str(scratch / "stderr")
        else:
            sys.stdout.flush()
            sys.stderr.flush()
            config.inherit_stdout()
            config.inherit_stderr()

    def stdout(self) -> bytes:
        return self._captured("stdout")

    def stderr(self) -> bytes:
        return self._captured("stderr")

    def _captured(self, name: str) -> bytes:
        path = self._scratch / name
        return path.read_bytes() if path.exists() else b""


def _engine() -> Any:
    wasmtime = _wasmtime()[0]
    config = wasmtime.Config()
    config.wasm_component_model = True
    # The price of being stoppable: a check at loops and calls, compiled in.
    config.epoch_interruption = True
    # The stack of asynchronous calls must not be smaller, though there are none here, and
    # its setting has no public name yet.  Without it wasmtime's own limit stays.
    foreign = importlib.import_module("wasmtime._ffi")
    resize = getattr(foreign, "wasmtime_config_async_stack_size_set", None)
    if resize is not None:
        resize(config.ptr(), WASM_STACK)
        config.max_wasm_stack = WASM_STACK
    return wasmtime.Engine(config)


def _wasmtime() -> tuple[Any, Any]:
    """The packages wasmtime and wasmtime.component.

    Untyped on purpose: they are an extra, absent from the environment that checks types.
    """
    try:
        return importlib.import_module("wasmtime"), importlib.import_module("wasmtime.component")
    except ImportError as error:
        raise _missing() from error


def _missing() -> MissingExtraError:
    return MissingExtraError(
        "running a component needs wasmtime: pip install 'anystep[wasi]'", name="wasmtime"
    )


def _processor() -> str:
    """The processor's features, by which the compiler chooses instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "anystep", "wasi")
