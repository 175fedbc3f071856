"""A process that is killed at any write of a saver loses nothing, and runs nothing twice.

Not marked for the hosts: it starts processes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROGRAM = textwrap.dedent(
    """
    import operator, os, signal, sys
    from typing import Annotated, TypedDict

    from anystep.checkpoint.sqlite import SqliteSaver
    from anystep.graph import START, StateGraph
    from anystep.testing import FaultySaver
    from anystep.types import Send

    database, log, deadly, moment, durability = sys.argv[1:]
    config = {"configurable": {"thread_id": "t"}, "max_concurrency": 1}

    class State(TypedDict):
        xs: Annotated[list, operator.add]

    def says(name):
        def node(state):
            with open(log, "a") as out:
                out.write(name + "\\n")
            return {"xs": [name]}
        return node

    def inner():
        builder = StateGraph(State).add_node("i", says("i")).add_node("j", says("j"))
        return builder.add_edge(START, "i").add_edge("i", "j").compile()

    def below(state):
        return {"xs": inner().invoke({"xs": []})["xs"]}

    builder = StateGraph(State)
    for name in ("a", "b", "c", "w", "end"):
        builder.add_node(name, says(name))
    builder.add_node("below", below)
    builder.add_edge(START, "a").add_edge("a", "b").add_edge("a", "c").add_edge("a", "below")
    builder.add_conditional_edges("b", lambda state: [Send("w", state) for _ in "12"], ["w"])
    builder.add_edge(["c", "below", "w"], "end")

    def fate(number):
        if number == int(deadly) and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        return "crash after" if number == int(deadly) else ""

    with SqliteSaver.from_conn_string(database) as saver:
        class Deadly(FaultySaver):
            def _die(self, name):
                os.kill(os.getpid(), signal.SIGKILL)

        calm = builder.compile(checkpointer=saver)
        begun = calm.get_state(config).metadata is not None
        graph = builder.compile(checkpointer=Deadly(saver, fate))
        result = graph.invoke(None if begun else {"xs": []}, config, durability=durability)
        assert not calm.get_state(config).next
        print(",".join(result["xs"]))
    """
)
RESULT = "a,b,i,j,c,w,w,end"


def run(folder: Path, deadly: int, moment: str, durability: str) -> tuple[int, str]:
    """Run the program in a process of its own: its exit code, and what it printed."""
    words = [str(folder / "t.db"), str(folder / "log"), str(deadly), moment, durability]
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_every_write(tmp_path: Path, moment: str) -> None:
    """Killed before or after its n-th write, for every n, a run goes on in another process."""
    killed = 0
    for deadly in range(100):
        folder = tmp_path / str(deadly)
        folder.mkdir()
        code, printed = run(folder, deadly, moment, "sync")
        if code == 0:
            assert printed == RESULT
            break
        killed += 1
        assert run(folder, -1, moment, "sync") == (0, RESULT)
        ran = (folder / "log").read_text().split()
        # Only the node whose result was being stored may run again.
        assert len(ran) <= len(RESULT.split(",")) + 1

    assert killed >= 10
