"""What is particular to checkpoints in SQLite: files, other connections, threads, size."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anystep._records import Commit
from anystep.checkpoint.archive import apack_thread, pack_thread, unpack_thread
from anystep.checkpoint.base import empty_checkpoint
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.serde.errors import SerializationError
from anystep.checkpoint.serde.msgpack import MsgpackSerializer
from anystep.checkpoint.sqlite import SqliteSaver
from anystep.checkpoint.sqlite._database import id_key, id_text, load_record
from anystep.checkpoint.sqlite.aio import AsyncSqliteSaver
from anystep.messages import HumanMessage

ID = "1f1e54d3-ff9a-641a-8000-{:012x}"


def commit(number: int, values: dict[str, Any] | None = None, **changes: Any) -> Commit:
    """A commit on top of the one before, of a thread whose list grows."""
    values = {"xs": [*range(number)], "n": number} if values is None else values
    fields: dict[str, Any] = {
        "thread_id": "t",
        "ns": "",
        "id": ID.format(number),
        "parent_id": ID.format(number - 1) if number else None,
        "ts": number,
        "source": "loop",
        "step": number,
        "parents": {},
        "metadata": {"run_id": f"r{number % 2}"},
        "values": values,
        "dropped": (),
        "versions": dict.fromkeys(values, number + 1),
        "seen": {"a": {"n": number}},
        "updated": None,
        "writes": ((f"task{number}", ("__pregel_pull", "a"), (), (("n", number),)),)
        if number
        else (),
        "full": not number,
    }
    return Commit(**{**fields, **changes})


def id_of(config: Any) -> str | None:
    """The checkpoint that a config addresses."""
    return None if config is None else config["configurable"]["checkpoint_id"]


def latest(saver: Any) -> dict[str, Any]:
    """The channel values of the thread's latest checkpoint."""
    found = saver.get_tuple({"configurable": {"thread_id": "t"}})
    assert found is not None
    values: dict[str, Any] = found.checkpoint["channel_values"]
    return values


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a database may be."""
    return str(tmp_path / "checkpoints.db")


def test_a_thread_outlives_the_connection(path: str) -> None:
    """What was committed is there for the next program, which goes on with it."""
    memory = InMemorySaver()
    for start in range(0, 300, 100):
        with SqliteSaver.from_conn_string(path) as saver:
            for number in range(start, start + 100):
                saver.commit(commit(number))
                memory.commit(commit(number))

    with SqliteSaver.from_conn_string(path) as saver:
        assert pack_thread(memory, "t") == pack_thread(saver, "t")
        assert {"xs": [*range(299)], "n": 299} == latest(saver)


def test_a_row_is_one_step_and_small(path: str) -> None:
    """One row a superstep; names and texts that repeat are compressed away."""
    with SqliteSaver.from_conn_string(path) as saver:
        for number in range(500):
            saver.commit(commit(number, {"text": f"the same long text again, number {number}" * 3}))
        rows, size = saver.conn.execute(
            "SELECT count(*), sum(length(data)) FROM anystep_records"
        ).fetchone()

    assert 500 == rows
    assert size < 500 * 90


def test_two_connections_take_turns(path: str) -> None:
    """Each sees what the other wrote, though both remember where they were."""
    with SqliteSaver.from_conn_string(path) as one, SqliteSaver.from_conn_string(path) as other:
        for number in range(0, 40, 2):
            one.commit(commit(number))
            other.commit(commit(number + 1))
        one.put_writes(
            {"configurable": {"thread_id": "t", "checkpoint_id": commit(39).id}}, [("n", 1)], "x"
        )

        assert latest(one) == latest(other) == {"xs": [*range(39)], "n": 39}
        assert 40 == len([*one.list(None)])

        other.prune(["t"])
        one.commit(commit(40))

        assert {"xs": [*range(40)], "n": 40} == latest(other)
        assert 2 == len([*other.list(None)])

        other.delete_thread("t")
        with pytest.raises(KeyError):
            one.commit(commit(41))
        one.commit(commit(0))

        assert {"xs": [], "n": 0} == latest(other)


def test_threads_of_a_program_share_a_saver(path: str) -> None:
    """Every graph thread arrives whole, whoever writes when."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.setup()

        def work(name: str) -> None:
            for number in range(60):
                saver.commit(commit(number, thread_id=name))
                saver.get_tuple({"configurable": {"thread_id": name}})

        workers = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        for name in ("t0", "t1", "t2", "t3"):
            found = saver.get_tuple({"configurable": {"thread_id": name}})

            assert found is not None
            assert [*range(59)] == found.checkpoint["channel_values"]["xs"]


def test_housekeeping_is_what_it_is_in_memory(path: str) -> None:
    """Copying, pruning and deleting runs leave what they leave in memory."""
    memory = InMemorySaver()
    with SqliteSaver.from_conn_string(path) as saver:
        for some in (memory, saver):
            for number in range(80):
                some.commit(commit(number))
            some.commit(commit(0, ns="sub"))
            some.copy_thread("t", "copy")
            some.delete_for_runs(["r1"])
            some.copy_thread("copy", "pruned")
            some.prune(["pruned"])
            some.put_writes(
                {"configurable": {"thread_id": "copy", "checkpoint_ns": "", "checkpoint_id": "x"}},
                [("__error__", "e"), ("n", 1)],
                "t1",
            )
            with pytest.raises(ValueError, match="'copy' has checkpoints"):
                some.copy_thread("t", "copy")
            with pytest.raises(ValueError, match="keep_latest"):
                some.prune(["t"], strategy="none")

        for name in ("t", "copy", "pruned"):
            assert pack_thread(memory, name) == pack_thread(saver, name)

        saver.prune(["copy"], strategy="delete")
        saver.delete_thread("t")

        assert {"pruned"} == {f.config["configurable"]["thread_id"] for f in saver.list(None)}


def test_integers_and_texts_msgpack_lacks_are_stored(path: str) -> None:
    """As values, in task writes, and in skips."""
    odd = {"big": 2**70, "lone": "\ud800", "list": [2**80]}
    with SqliteSaver.from_conn_string(path) as saver:
        saver.commit(commit(0, dict(odd)))
        for number in range(1, 70):
            writes = (("t", ("__pregel_pull", "a"), (), (("big", 2**71),)),)
            saver.commit(commit(number, {"big": 2**70 + number}, writes=writes))
    with SqliteSaver.from_conn_string(path) as saver:
        assert {**odd, "big": 2**70 + 69} == latest(saver)
        before = saver.get_tuple(
            {"configurable": {"thread_id": "t", "checkpoint_id": commit(68).id}}
        )

        assert before is not None
        assert [("t", "big", 2**71)] == before.pending_writes


def test_a_value_that_cannot_be_stored_stores_nothing(path: str) -> None:
    """The error names its place, the database is as before, and the next commit works."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.commit(commit(0))
        with pytest.raises(SerializationError, match=r"state\['xs'\]\[0\]"):
            saver.commit(commit(1, {"xs": [len]}))
        with pytest.raises(SerializationError):
            saver.put_writes(
                {"configurable": {"thread_id": "t", "checkpoint_id": commit(0).id}},
                [("n", 1), ("m", len)],
                "t1",
            )
        saver.commit(commit(1, writes=()))

        assert {"xs": [0], "n": 1} == latest(saver)
        assert [[], []] == [found.pending_writes for found in saver.list(None)]


def fill(cursor: sqlite3.Cursor) -> None:
    """One statement that works and one that does not."""
    cursor.execute("INSERT INTO mine VALUES (1)")
    cursor.execute("INSERT INTO yours VALUES (2)")


def test_queries_of_ones_own_are_one_transaction(path: str) -> None:
    """`cursor` commits at the end of its block, and not after an error."""
    with SqliteSaver.from_conn_string(path) as saver:
        with saver.cursor() as cursor:
            cursor.execute("CREATE TABLE mine (n INTEGER)")
        with pytest.raises(sqlite3.OperationalError), saver.cursor() as cursor:
            fill(cursor)
        with saver.cursor(transaction=False) as cursor:
            assert (0,) == cursor.execute("SELECT count(*) FROM mine").fetchone()


def test_the_wrong_colour_is_an_error(path: str) -> None:
    """A sync saver says so before anything waits for it."""
    assert (SqliteSaver.sync, SqliteSaver.asynchronous) == (True, False)
    assert (AsyncSqliteSaver.sync, AsyncSqliteSaver.asynchronous) == (True, True)
    with pytest.raises(TypeError, match="standard library"):
        AsyncSqliteSaver(object())


async def test_the_async_saver_does_the_same_elsewhere(path: str) -> None:
    """Every `a` method, on a file that others read at the same time."""
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        for number in range(40):
            await saver.acommit(commit(number))
        found = await saver.aget_tuple({"configurable": {"thread_id": "t"}})
        assert found is not None
        where = await saver.aput(
            found.config, {**found.checkpoint, "id": "x"}, {"source": "fork"}, {}
        )
        await saver.aput_writes(where, [("n", 1)], "t1", "~a")

        assert {"t1": "~a"} == await saver.atask_paths(where)
        assert 41 == len([one async for one in saver.alist(None)])
        assert 20 == len([one async for one in saver.alist(None, limit=20)])

        await saver.acopy_thread("t", "u")

        assert (await apack_thread(saver, "u")) == pack_thread(saver, "u")

        await saver.adelete_for_runs(["r1"])
        await saver.aprune(["u"])
        await saver.adelete_thread("t")

        assert 1 == len([one async for one in saver.alist(None)])


async def test_the_async_saver_encodes_before_it_waits(path: str) -> None:
    """What is done to the objects while the disk works is not stored; order is kept."""
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        for number in range(8):
            await saver.acommit(commit(number))
        xs: list[Any] = [*range(7)]
        waiting = []
        for number in range(8, 30):
            xs.append({"n": [number]})
            one = saver.acommit(commit(number, {"xs": xs}))
            try:
                waiting.append((one, one.send(None)))  # up to where it waits
            except StopIteration:
                pass
            xs[-1]["n"].append("later")
        for one, future in waiting:
            await asyncio.wait([future])
            with pytest.raises(StopIteration):
                one.send(None)
        found = [one async for one in saver.alist({"configurable": {"thread_id": "t"}})]

        assert 30 == len(found)
        assert {"n": [29]} == found[0].checkpoint["channel_values"]["xs"][-1]
        assert {"n": [28, "later"]} == found[0].checkpoint["channel_values"]["xs"][-2]
        assert {"n": [28]} == found[1].checkpoint["channel_values"]["xs"][-1]


async def test_two_async_programs_on_one_thread(path: str) -> None:
    """What the second one stores is on top of what it came from, not of what the first one did."""
    async with (
        AsyncSqliteSaver.from_conn_string(path) as one,
        AsyncSqliteSaver.from_conn_string(path) as other,
    ):
        for number in range(8):
            await one.acommit(commit(number))
        await other.acommit(commit(8))
        await one.acommit(commit(8, {"n": "one"}, id=ID.format(100)))
        await one.acommit(commit(9, id=ID.format(101), parent_id=ID.format(100)))

        assert {"xs": [*range(9)], "n": 9} == latest(other)
        found = [tuple_ async for tuple_ in other.alist({"configurable": {"thread_id": "t"}})]
        parents = {id_of(one.config): id_of(one.parent_config) for one in found}
        assert parents[ID.format(8)] == parents[ID.format(100)] == ID.format(7)
        assert parents[ID.format(101)] == ID.format(100)


def test_an_allow_list_is_the_clones_own(path: str) -> None:
    """Classes are refused when written and when read, until they are listed."""
    with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
        saver = SqliteSaver(connection, serde=MsgpackSerializer())
        saver.commit(commit(0, {"m": HumanMessage("hi")}))
        with pytest.raises(SerializationError, match="allow-list"):
            saver.commit(commit(1, {"k": Listed(1)}))
        clone = saver.with_allowlist([(__name__, "Listed")])
        clone.commit(commit(1, {"k": Listed(1)}))

        assert Listed is type(latest(clone)["k"])
        with pytest.raises(ValueError, match="allow-list"):
            latest(saver)


class Listed(int):
    """A class somebody may list."""


@dataclass
class Note:
    """Plain data of a module that is imported."""

    text: str


def test_plain_data_of_imported_modules_needs_no_list(path: str) -> None:
    """Nobody annotated the class; who opens the file next has imported it, and gets it."""
    with SqliteSaver.from_conn_string(path) as saver:
        saver.commit(commit(0, {"m": [Note("hi")]}))
    with SqliteSaver.from_conn_string(path) as other:
        assert [Note("hi")] == latest(other)["m"]


def test_strict_savers_take_only_what_is_listed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment can ask for it, as it can with LangGraph."""
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
    with (
        SqliteSaver.from_conn_string(path) as saver,
        pytest.raises(SerializationError, match="allow-list"),
    ):
        saver.commit(commit(0, {"m": [Note("hi")]}))


@pytest.mark.parametrize("key", ["source' OR '1'='1", "a b", "", 'a"b', "ä"])
def test_odd_filter_keys_are_refused(path: str, key: str) -> None:
    """As by LangGraph's saver, whose SQL they would end up in."""
    with (
        SqliteSaver.from_conn_string(path) as saver,
        pytest.raises(ValueError, match="Invalid filter key"),
    ):
        next(saver.list(None, filter={key: 1}))


def test_filter_keys_with_dots_look_inside(path: str) -> None:
    """As in LangGraph's saver; a key that has the dots itself comes first."""
    with SqliteSaver.from_conn_string(path) as saver:
        config: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
        metadata: Any = {"source": "loop", "user": {"name": "ada"}, "c.d": 1}
        saver.put(config, {**empty_checkpoint(), "id": "1"}, metadata, {})

        for wanted, count in (({"user.name": "ada"}, 1), ({"user.age": 1}, 0), ({"c.d": 1}, 1)):
            assert count == len([*saver.list(None, filter=wanted)])


def test_an_archive_moves_between_kinds_of_savers(path: str) -> None:
    """From memory to a file and back, the bytes stay the same."""
    memory, other = InMemorySaver(), InMemorySaver()
    for number in range(70):
        memory.commit(commit(number))
    data = pack_thread(memory, "t")
    with SqliteSaver.from_conn_string(path) as saver:
        unpack_thread(saver, data)

        assert data == pack_thread(saver, "t")

        unpack_thread(other, pack_thread(saver, "t"))

    assert data == pack_thread(other, "t")


def test_ids_are_stored_short_and_rows_say_what_they_are() -> None:
    """A UUID is 16 bytes; what merely looks like one is text; an unknown row is refused."""
    uuid = "1f1e54d3-ff9a-641a-8000-000000000007"

    assert bytes.fromhex(uuid.replace("-", "")) == id_key(uuid)
    assert uuid == id_text(id_key(uuid))
    for text in ("", "7", uuid.upper(), uuid.replace("1", "x"), uuid[:-2] + " 7"):
        assert text == id_key(text) == id_text(id_key(text))
    with pytest.raises(ValueError, match="newer version"):
        load_record("x", b"\x07", b"")


def test_a_connection_of_ones_own_is_taken_over(path: str) -> None:
    """LangGraph's constructor: any connection that allows other threads."""
    connection = sqlite3.connect(path, check_same_thread=False)
    saver = SqliteSaver(connection)
    saver.setup()
    saver.commit(commit(0))

    assert {"xs": [], "n": 0} == latest(saver)

    connection.close()
