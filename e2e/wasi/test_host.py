"""The host, with a real component: what it hands in, what comes back, and how it stops one.

Run by tools/wasi_lane.py, which names the component in ANYSTEP_WASI_COMPONENT, compiled
already into the cache folder that the environment names.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from anystep.wasi.errors import ComponentDeadlineError, ComponentError, ComponentTrapError
from anystep.wasi.host import Component, Done, Folder, load

#: A command in a few words: RESULT is what its core function does.
TINY = """(component
  (core module $code (func (export "run") (result i32) RESULT))
  (core instance $started (instantiate $code))
  (func $run (result (result)) (canon lift (core func $started "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@VERSION" (instance $exported)))"""

FILE = Path(os.environ["ANYSTEP_WASI_COMPONENT"])


@pytest.fixture(scope="module")
def component() -> Component:
    """The test component, from the cache."""
    return load(FILE)


def probe(component: Component, *words: str) -> Done:
    """Run one of the component's probes."""
    return component.run(["probe", *words])


def test_the_machine_code_comes_from_the_cache(component: Component) -> None:
    """A component that was compiled before is not compiled again."""
    assert component.compile_seconds == 0


def test_words_environment_input_and_folders_arrive(component: Component, tmp_path: Path) -> None:
    """The program sees exactly what it was given."""
    (tmp_path / "a.txt").write_text("a")

    done = component.run(
        ["probe", "say", "Å b", ""],
        env={"CITY": "Tromsø"},
        folders=[Folder(tmp_path, "/data")],
        stdin="grüße".encode(),
    )

    assert json.loads(done.stdout) == {
        "argv": ["Å b", ""],
        "env": {"CITY": "Tromsø"},
        "stdin": "grüße",
        "data": ["a.txt"],
    }
    assert done.status == 0


def test_nothing_is_given_unasked(component: Component) -> None:
    """No environment, no input and no folder of this process reaches the program."""
    said = json.loads(probe(component, "say").stdout)

    assert said == {"argv": [], "env": {}, "stdin": "", "data": None}


def test_a_folder_is_read_only_unless_it_is_not(component: Component, tmp_path: Path) -> None:
    """Writing needs a folder that was given for writing."""
    words = ["probe", "write"]

    refused = component.run(words, folders=[Folder(tmp_path, "/data")])
    taken = component.run(words, folders=[Folder(tmp_path, "/data", writable=True)])

    assert (refused.status, taken.status) == (1, 0)
    assert b"PermissionError" in refused.stderr
    assert (tmp_path / "written").read_text() == "by the component"


@pytest.mark.parametrize("status", [0, 1, 5, 255])
def test_the_status_is_the_programs(component: Component, status: int) -> None:
    """`sys.exit(n)` is n, not WASI's plain failure."""
    assert probe(component, "exit", str(status)).status == status


def test_a_late_import_says_what_to_do(component: Component) -> None:
    """The traceback ends with how to get the module into the component."""
    done = probe(component, "late-import")

    assert done.status == 1
    assert b"import 'smtplib' at the top of your program" in done.stderr


def test_a_deadlock_ends_with_its_report(component: Component) -> None:
    """What would wait for ever ends at once and names who waited."""
    done = probe(component, "deadlock")

    assert done.status == 1
    assert b"wait_for_nothing" in done.stderr


@pytest.mark.parametrize("probe_name", ["spin", "sleep"])
def test_a_deadline_stops_it(component: Component, probe_name: str) -> None:
    """Endless computing and long sleeping end soon after the deadline."""
    began = time.monotonic()

    with pytest.raises(ComponentDeadlineError, match=r"after 0\.3 seconds"):
        component.run(["probe", probe_name], deadline=0.3)

    assert time.monotonic() - began < 5


def test_a_deadline_is_one_runs_own(component: Component) -> None:
    """A run that is stopped leaves one beside it alone."""
    statuses: list[int] = []
    beside = threading.Thread(
        target=lambda: statuses.append(component.run(["probe", "exit", "7"]).status)
    )

    beside.start()
    with pytest.raises(ComponentDeadlineError):
        component.run(["probe", "spin"], deadline=0.3)
    beside.join()

    assert statuses == [7]


def test_memory_is_capped(component: Component) -> None:
    """Past the cap the program gets a MemoryError; below it, its memory."""
    words = ["probe", "allocate", str(300_000_000)]

    capped = component.run(words, memory=150_000_000)
    free = component.run(words)

    assert (capped.status, free.status) == (1, 0)
    assert b"MemoryError" in capped.stderr


def tiny(folder: Path, result: str, version: str = "0.2.0") -> Component:
    """A component of another maker's, which knows nothing of our exit interface."""
    file = folder / "tiny.wat"
    file.write_text(TINY.replace("RESULT", result).replace("VERSION", version))
    return load(file, cache=folder / "cache")


@pytest.mark.parametrize("version", ["0.2.0", "0.2.9"])
@pytest.mark.parametrize(("result", "status"), [("i32.const 0", 0), ("i32.const 1", 1)])
def test_any_command_of_wasi_02_runs(
    tmp_path: Path, result: str, status: int, version: str
) -> None:
    """Without an exit interface the status is WASI's success or failure."""
    assert tiny(tmp_path, result, version).run().status == status


def test_a_trap_is_an_error(tmp_path: Path) -> None:
    """An instance that aborts has no status."""
    with pytest.raises(ComponentTrapError, match="unreachable"):
        tiny(tmp_path, "unreachable").run()


def test_what_is_no_command_is_refused(tmp_path: Path) -> None:
    """A component without `wasi:cli/run` says so."""
    file = tmp_path / "library.wat"
    file.write_text("(component)")

    with pytest.raises(ComponentError, match="not a command"):
        load(file, cache=tmp_path / "cache").run()


def test_broken_machine_code_is_made_again(tmp_path: Path) -> None:
    """A file in the cache that cannot be used costs a compilation, not the run."""
    first = tiny(tmp_path, "i32.const 1")
    first.machine_code.write_bytes(b"cut short")

    again = tiny(tmp_path, "i32.const 1")

    assert first.compile_seconds > 0
    assert again.compile_seconds > 0
    assert again.run().status == 1
    assert tiny(tmp_path, "i32.const 1").compile_seconds == 0


def test_what_is_no_component_is_refused(tmp_path: Path) -> None:
    """A file of something else is an error that names the file."""
    wrong = tmp_path / "wrong.wasm"
    wrong.write_bytes(b"not wasm")

    with pytest.raises(ComponentError, match=r"wrong\.wasm"):
        load(wrong, cache=tmp_path)


def test_a_folder_that_is_none_is_refused(component: Component) -> None:
    """A missing folder is named before anything starts."""
    with pytest.raises(ComponentError, match="no/such"):
        component.run(["probe", "say"], folders=[Folder("no/such", "/data")])


def test_the_command_line_passes_everything_on(tmp_path: Path) -> None:
    """`python -m anystep.wasi run` hands over words, input, output and status."""
    words = ["run", str(FILE), "--env", "CITY=Oslo"]
    words += ["--dir", f"{tmp_path}::/data", "--", "probe", "say", "--word"]

    done = subprocess.run(
        [sys.executable, "-m", "anystep.wasi", *words], input=b"in", capture_output=True, check=True
    )

    assert json.loads(done.stdout) == {
        "argv": ["--word"],
        "env": {"CITY": "Oslo"},
        "stdin": "in",
        "data": [],
    }
    assert done.stderr == b""


def test_deep_values_are_freed(component: Component) -> None:
    """The stack has room for freeing what a serializer's depth tests build."""
    assert probe(component, "nest", "5000").status == 0


def test_an_interrupt_stops_it() -> None:
    """Ctrl-C ends a component that computes for ever."""
    words = [sys.executable, "-m", "anystep.wasi", "run", str(FILE), "--", "probe", "spin"]

    # Who is started in the background by a shell ignores interrupts, and so do its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == b"spinning\n"
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=10)
        finally:
            running.kill()  # or leaving would wait for it, for ever
            signal.signal(signal.SIGINT, before)

    assert running.returncode == 130
    assert said == b""


def test_the_command_line_ends_with_the_programs_status() -> None:
    """The process that runs a component exits as the component did."""
    words = ["run", str(FILE), "--", "probe", "exit", "9"]

    done = subprocess.run([sys.executable, "-m", "anystep.wasi", *words], check=False)

    assert done.returncode == 9
