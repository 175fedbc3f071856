"""`durability="async"` in SQLite: supersteps share commits, and nobody is told too early."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import pytest

from anystep.checkpoint.sqlite import SqliteSaver
from anystep.checkpoint.sqlite.aio import AsyncSqliteSaver
from anystep.errors import LeaseError
from anystep.graph import END, START, StateGraph
from anystep.reliability import RunPolicy
from anystep.types import Send, interrupt

from .test_checkpoint_sqlite import ID, commit, id_of, latest

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class Number(TypedDict):
    n: int


def loop(steps: int, seen: Callable[[int], object] = lambda n: None, **options: Any) -> Any:
    """A node that counts to `steps`, a superstep each, and reports every number."""

    def node(state: Number) -> Number:
        seen(state["n"])
        return {"n": state["n"] + 1}

    builder = StateGraph(Number).add_node("a", node).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: "a" if s["n"] < steps else END, ["a", END])
    return builder.compile(**options)


def stored(path: str) -> int:
    """How many checkpoints another program sees."""
    other = sqlite3.connect(path)
    try:
        return int(other.execute("SELECT count(*) FROM anystep_records").fetchone()[0])
    finally:
        other.close()


def begun_by(saver: SqliteSaver, action: Callable[[], object]) -> int:
    """How many transactions write to the database meanwhile."""
    statements: list[str] = []
    saver.conn.set_trace_callback(statements.append)
    action()
    saver.conn.set_trace_callback(None)
    kinds = [s.split()[0] for s in statements]
    grouped = kinds.count("BEGIN")
    return grouped if grouped else kinds.count("INSERT")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a database may be."""
    return str(tmp_path / "checkpoints.db")


def test_the_supersteps_of_a_quick_run_are_one_commit(path: str) -> None:
    """The history is complete, and one transaction holds all of it; not with "sync"."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        app = loop(30, checkpointer=saver)
        app.invoke({"n": 0}, CONFIG)

        assert begun_by(saver, lambda: app.invoke({"n": 0}, CONFIG)) == 1
        assert stored(path) == 64
        assert begun_by(saver, lambda: app.invoke({"n": 0}, CONFIG, durability="sync")) == 32
        steps = [s.metadata["step"] for s in app.get_state_history(CONFIG)]
        assert steps == [*range(94, -2, -1)]


def test_a_long_run_does_not_gather_without_end(path: str) -> None:
    """So many supersteps at most are on their way: then the run waits for the disk."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        most = 0

        def look(n: int) -> None:
            nonlocal most
            most = max(most, len(saver.staged))

        app = loop(500, look, checkpointer=saver)
        app.invoke({"n": 0}, {**CONFIG, "recursion_limit": 600})

        assert most <= 128
        assert stored(path) == 502


@pytest.mark.parametrize("mode", ["checkpoints", "debug"])
def test_a_checkpoint_is_told_when_others_can_see_it(path: str, mode: Any) -> None:
    """Commit, then tell."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        told = 0
        for event in loop(5, checkpointer=saver).stream({"n": 0}, CONFIG, stream_mode=mode):
            told += mode == "checkpoints" or event["type"] == "checkpoint"
            assert stored(path) >= told

        assert stored(path) == told == 7


def test_a_question_is_asked_when_it_is_stored(path: str) -> None:
    """Another program can answer it at once."""

    def asks(state: Number) -> Number:
        return {"n": interrupt("how many?")}

    builder = StateGraph(Number).add_node("a", asks).add_edge(START, "a").add_edge("a", END)
    with (
        SqliteSaver.from_conn_string(path) as saver,
        SqliteSaver.from_conn_string(path) as other,
    ):
        saver.silence = 3600.0
        for _ in range(4):
            builder.compile(checkpointer=saver).invoke({"n": 0}, CONFIG)
            asked = builder.compile(checkpointer=other).get_state(CONFIG).interrupts
            assert [question.value for question in asked] == ["how many?"]


def test_what_a_run_of_this_process_stages_is_seen_in_this_process(path: str) -> None:
    """Every other method of the saver looks after what is on its way first."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        seen: list[int] = []

        def look(n: int) -> None:
            seen.append(app.get_state(CONFIG).metadata["step"])

        app = loop(5, look, checkpointer=saver)
        app.invoke({"n": 0}, CONFIG)

        assert seen == [0, 1, 2, 3, 4]


def test_a_slow_node_finds_on_the_disk_what_went_before(path: str) -> None:
    """A run that is silent for a moment is written by the saver's thread."""
    with SqliteSaver.from_conn_string(path) as saver:
        moment = threading.Event()

        def waits(n: int) -> None:
            while stored(path) < n + 2:
                moment.wait(0.001)

        loop(8, waits, checkpointer=saver).invoke({"n": 0}, CONFIG)

        assert stored(path) == 10


def refusing(saver: SqliteSaver) -> None:
    """Have the database refuse every record from now on."""
    with saver.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON anystep_records"
            " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )


def test_a_save_that_fails_fails_the_run(path: str) -> None:
    """No later than at its end; what was stored before is there, and the thread can go on."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        app = loop(6, lambda n: refusing(saver) if n == 3 else None, checkpointer=saver)
        with pytest.raises(sqlite3.Error, match="the disk is full"):
            app.invoke({"n": 0}, CONFIG)
        assert app.get_state(CONFIG).values == {"n": 3}

        with saver.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse")

        assert loop(6, checkpointer=saver).invoke(None, CONFIG) == {"n": 6}
        assert [s.values.get("n") for s in app.get_state_history(CONFIG)] == [
            6,
            5,
            4,
            3,
            2,
            1,
            0,
            None,
        ]


def test_a_save_that_fails_fails_nobody_elses_run(path: str) -> None:
    """What other threads staged with it is stored."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        for number in range(8):
            saver.commit(commit(number))
            saver.commit(commit(number, thread_id="u"))
        with saver.cursor() as cursor:
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON anystep_records WHEN NEW.log = 1"
                " BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            )
        saver.stage(commit(8))
        saver.stage(commit(8, thread_id="u"))

        saver.settle("u")
        assert stored(path) == 17
        with pytest.raises(sqlite3.Error, match="not this one"):
            saver.settle("t")
        saver.settle("t")  # told once
        assert latest(saver)["n"] == 7


def test_a_thread_that_is_deleted_while_it_runs(path: str) -> None:
    """The run hears of it; nothing of it comes back."""
    with (
        SqliteSaver.from_conn_string(path) as saver,
        SqliteSaver.from_conn_string(path) as other,
    ):
        saver.silence = 3600.0

        def deletes(n: int) -> None:
            if n == 7:
                saver.get_tuple(CONFIG)
                other.delete_thread("t")

        with pytest.raises(RuntimeError, match="was deleted while it was running"):
            loop(9, deletes, checkpointer=saver).invoke({"n": 0}, CONFIG)
        assert stored(path) == 0


def test_two_programs_stage_commits_of_one_thread(path: str) -> None:
    """What the second one stores is on top of what it came from, as if it had been alone."""
    with (
        SqliteSaver.from_conn_string(path) as one,
        SqliteSaver.from_conn_string(path) as other,
    ):
        one.silence = 3600.0
        for number in range(60):
            one.commit(commit(number))
        for number in range(60, 63):
            other.commit(commit(number))
        ids = [ID.format(59), *(ID.format(number) for number in range(100, 110))]
        for number, (parent, id) in enumerate(itertools.pairwise(ids), 60):
            one.stage(commit(number, id=id, parent_id=parent))
        one.settle("t")
        one.commit(commit(70, id=ID.format(110), parent_id=ids[-1]))

        parents = {id_of(f.config): id_of(f.parent_config) for f in other.list(CONFIG)}
        for parent, id in itertools.pairwise(ids):
            assert parents[id] == parent
        for found in other.list(CONFIG):
            xs = found.checkpoint["channel_values"]["xs"]
            assert xs == [*range(found.checkpoint["channel_values"]["n"])]
        assert latest(other)["n"] == 70


def test_the_tasks_of_a_superstep_share_commits(path: str) -> None:
    """Fifty tasks that finish are not fifty waits for the disk; each is stored all the same."""
    builder = StateGraph(Number).add_node("a", lambda state: {"n": 1} if state["i"] == 0 else None)
    builder.add_conditional_edges(
        START, lambda state: [Send("a", {"i": i}) for i in range(50)], ["a"]
    )
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        app = builder.compile(checkpointer=saver)
        app.invoke({"n": 0}, CONFIG)

        assert begun_by(saver, lambda: app.invoke({"n": 0}, CONFIG)) <= 2
        before = [*app.get_state_history(CONFIG)][1]
        assert len(before.tasks) == 50


class Careful(SqliteSaver):
    """Wants a say in every commit."""

    committed = 0

    def commit(self, commit: Any) -> None:
        """Count."""
        self.committed += 1
        super().commit(commit)


def test_a_subclass_that_overrides_commit_is_asked(path: str) -> None:
    """What it overrides is called, for every superstep."""
    with Careful.from_conn_string(path) as saver:
        loop(5, checkpointer=saver).invoke({"n": 0}, CONFIG)

        assert saver.committed == 7


def test_a_lease_is_looked_at_with_every_commit(path: str) -> None:
    """A run that has lost its thread writes nothing more, whatever the durability."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0

        def loses(n: int) -> None:
            if n == 3:
                saver.break_lease("t")

        app = loop(9, loses, checkpointer=saver, policy=RunPolicy(lease=60))
        with pytest.raises(LeaseError):
            app.invoke({"n": 0}, CONFIG)

        assert stored(path) == 5


async def _acounts(steps: int, saver: Any, seen: Callable[[int], Any]) -> Any:
    async def node(state: Number) -> Number:
        await seen(state["n"])
        return {"n": state["n"] + 1}

    builder = StateGraph(Number).add_node("a", node).add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: "a" if s["n"] < steps else END, ["a", END])
    return await builder.compile(checkpointer=saver).ainvoke({"n": 0}, CONFIG)


async def test_the_same_without_blocking_the_event_loop(path: str) -> None:
    """An async run stages as well, and has waited when it is over."""

    async def nothing(n: int) -> None:
        return None

    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        for turn in range(1, 4):
            assert await _acounts(200, saver, nothing) == {"n": 200}
            assert stored(path) == 202 * turn


async def test_a_run_that_is_cancelled_leaves_what_it_had_done(path: str) -> None:
    """What was staged is stored before the cancellation goes on."""
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0
        reached = asyncio.Event()

        async def stops(n: int) -> None:
            if n == 6:
                reached.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(_acounts(9, saver, stops))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert stored(path) == 8


async def test_an_async_save_that_fails_fails_the_run(path: str) -> None:
    """As for a sync one."""
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        saver.silence = 3600.0

        async def fills(n: int) -> None:
            if n == 5:
                refusing(saver)

        with pytest.raises(sqlite3.Error, match="the disk is full"):
            await _acounts(9, saver, fills)

        assert stored(path) == 7
