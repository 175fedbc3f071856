"""The IndexedDB saver: LangGraph's rules, graphs that go on, two tabs, damage."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from anystep.checkpoint.archive import apack_thread, aunpack_thread
from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import LeaseError
from anystep.graph import END, START, StateGraph
from anystep.host import current_host
from anystep.reliability import RunPolicy
from anystep.testing.conformance.saver import Rule, rules
from anystep.types import Command, Send, interrupt
from anystep.web import Cipher, IndexedDBSaver
from anystep.web._javascript import to_js
from anystep.web.errors import StorageCipherError, ThreadConflictError

pytestmark = pytest.mark.host


class State(TypedDict, total=False):
    """Numbers that add up and a list that grows."""

    n: int
    log: Annotated[list[Any], operator.add]


def name() -> str:
    """A database that no other test uses."""
    return f"test-{current_host().random_bytes(6).hex()}"


def counter(saver: Any, steps: int = 3) -> Any:
    """A graph that counts up to `steps`, one superstep each."""
    graph = StateGraph(State)
    graph.add_node("up", lambda state: {"n": state.get("n", 0) + 1, "log": [state.get("n", 0)]})
    graph.add_edge(START, "up")
    graph.add_conditional_edges("up", lambda state: "up" if state["n"] < steps else END)
    return graph.compile(checkpointer=saver)


def asking(saver: Any) -> Any:
    """A graph that stops with a question."""
    graph = StateGraph(State)
    graph.add_node("ask", lambda _state: {"log": [interrupt("how many?")]})
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)
    return graph.compile(checkpointer=saver)


def thread(id: str = "1", **more: Any) -> Any:
    """The config of a thread."""
    return {"configurable": {"thread_id": id, **more}}


@pytest.mark.parametrize("rule", rules(), ids=str)
async def test_rule(rule: Rule) -> None:
    """Every rule of the conformance suite, the native ones included."""
    assert await rule.acheck(lambda: IndexedDBSaver("conformance"))


@pytest.mark.parametrize("rule", [rule for rule in rules() if "put" in rule.part], ids=str)
async def test_rule_encrypted(rule: Rule) -> None:
    """The same where everything is encrypted."""
    cipher = Cipher.from_key(bytes(32))
    assert await rule.acheck(lambda: IndexedDBSaver("conformance-aes", cipher=cipher))


async def test_a_thread_goes_on_in_another_saver() -> None:
    """What one page stored, the next one continues, as memory would have."""
    database = name()
    asked = await asking(IndexedDBSaver(database)).ainvoke({"n": 1}, thread())
    done = await asking(IndexedDBSaver(database)).ainvoke(Command(resume=7), thread())

    assert asked["__interrupt__"][0].value == "how many?"
    assert done == {"n": 1, "log": [7]}


async def test_history_is_the_one_of_memory() -> None:
    """Checkpoint for checkpoint the same values, steps and sources."""
    histories = []
    for saver in (InMemorySaver(), IndexedDBSaver(name())):
        graph = counter(saver)
        await graph.ainvoke({"n": 0}, thread())
        found = [state async for state in graph.aget_state_history(thread())]
        histories.append([(s.values, s.next, s.metadata["step"]) for s in found])

    assert histories[0] == histories[1]
    assert len(histories[0]) == 5


async def test_a_long_thread_is_read_anew() -> None:
    """Past every skip, each state is still there for a saver that knows nothing."""
    database = name()
    steps = 200
    await counter(IndexedDBSaver(database), steps).ainvoke(
        {"n": 0}, {**thread(), "recursion_limit": 500}
    )
    graph = counter(IndexedDBSaver(database), steps)
    found = [state async for state in graph.aget_state_history(thread())]
    last = await counter(IndexedDBSaver(database), steps).aget_state(thread())

    assert last.values == {"n": steps, "log": list(range(steps))}
    assert [len(s.values.get("log", [])) for s in found] == [*range(steps, 0, -1), 0, 0]


async def test_a_fan_out_that_fails_half_way_keeps_what_was_done() -> None:
    """Writes of finished tasks survive; only the failed task runs again."""
    ran: list[int] = []
    database = name()

    def build(fail: bool) -> Any:
        def work(state: Any) -> Any:
            ran.append(state["n"])
            if fail and state["n"] == 2:
                raise ValueError("not this one")
            return {"log": [state["n"]]}

        graph = StateGraph(State)
        graph.add_node("work", work)
        graph.add_conditional_edges(START, lambda _: [Send("work", {"n": n}) for n in range(4)])
        return graph.compile(checkpointer=IndexedDBSaver(database))

    with pytest.raises(ValueError, match="not this one"):
        await build(fail=True).ainvoke({"n": 0}, thread())
    first = sorted(ran)
    ran.clear()
    done = await build(fail=False).ainvoke(None, thread())

    assert done["log"] == [0, 1, 2, 3]
    assert 2 in ran
    assert sorted({*first, *ran}) == [0, 1, 2, 3]


async def test_the_second_writer_is_told_and_nothing_moves_back() -> None:
    """Two tabs at the same step: one stores it, the other is refused, then and later."""
    database = name()
    one, two = IndexedDBSaver(database), IndexedDBSaver(database)
    paused = counter(one, 6).astream({"n": 0}, thread(), stream_mode="values", durability="sync")
    assert await anext(paused) is not None
    assert await anext(paused) is not None
    finished = await counter(two, 6).ainvoke(None, thread())
    with pytest.raises(ThreadConflictError, match="'1'"):
        [event async for event in paused]
    state = await counter(IndexedDBSaver(database), 6).aget_state(thread())

    assert finished["n"] == 6
    assert state.values["n"] == 6
    assert state.next == ()


async def test_looking_does_not_let_a_late_run_write() -> None:
    """A run that was overtaken stays refused though its saver has read the newer steps."""
    database = name()
    one = IndexedDBSaver(database)
    paused = counter(one, 6).astream({"n": 0}, thread(), stream_mode="values", durability="sync")
    assert await anext(paused) is not None
    await counter(IndexedDBSaver(database), 6).ainvoke(None, thread())
    assert (await counter(one, 6).aget_state(thread())).values["n"] == 6
    with pytest.raises(ThreadConflictError):
        [event async for event in paused]

    assert (await counter(one, 6).aget_state(thread())).values["n"] == 6


async def test_a_change_in_between_does_not_hide_a_late_run() -> None:
    """Also a run that this page itself stored a change after is refused once others went on."""
    database = name()
    one = IndexedDBSaver(database)
    graph = counter(one, 6)
    paused = graph.astream({"n": 0}, thread(), stream_mode="values", durability="sync")
    assert await anext(paused) is not None
    await graph.aupdate_state(thread(), {"n": 4}, as_node="up")
    await counter(IndexedDBSaver(database), 6).ainvoke(None, thread())
    await graph.aget_state(thread())
    with pytest.raises(ThreadConflictError):
        [event async for event in paused]

    assert (await graph.aget_state(thread())).values["n"] == 6


async def test_a_fork_of_ones_own_is_allowed() -> None:
    """Whoever names an older checkpoint goes on from it, others' steps or not."""
    database = name()
    one = IndexedDBSaver(database)
    graph = counter(one, 3)
    await graph.ainvoke({"n": 0}, thread())
    history = [state async for state in graph.aget_state_history(thread())]
    older = history[-3]
    await counter(IndexedDBSaver(database), 4).ainvoke({"n": 3}, thread())
    forked = await graph.ainvoke(None, older.config)

    assert older.values["n"] == 1
    assert forked["n"] == 3


async def test_a_lease_keeps_the_second_out() -> None:
    """Without waiting it is told who has the thread; afterwards it gets its turn."""
    database = name()
    one, two = IndexedDBSaver(database), IndexedDBSaver(database)
    async with one.lease("1"):
        with pytest.raises(ThreadConflictError, match="running in another tab"):
            async with two.lease("1", wait=False):
                pass
    async with two.lease("1", wait=False):
        pass


async def test_pruned_by_another_tab() -> None:
    """A saver that still knows the old log is refused, and reads the new one."""
    database = name()
    one = IndexedDBSaver(database)
    paused = counter(one, 6).astream({"n": 0}, thread(), stream_mode="values", durability="sync")
    assert await anext(paused) is not None
    await IndexedDBSaver(database).aprune(["1"])
    with pytest.raises(ThreadConflictError):
        [event async for event in paused]
    history = [one async for one in one.alist(thread())]

    assert len(history) == 1


async def test_another_key_does_not_open_it() -> None:
    """Stored bytes say nothing to a saver with another key, or without one."""
    database = name()
    right = IndexedDBSaver(
        database, cipher=Cipher.from_password("open", salt=bytes(16), iterations=10)
    )
    await counter(right).ainvoke({"n": 0}, thread())
    with pytest.raises(StorageCipherError, match="another key"):
        await IndexedDBSaver(database, cipher=Cipher.from_key(bytes(16))).aget_tuple(thread())
    again = IndexedDBSaver(
        database, cipher=Cipher.from_password("open", salt=bytes(16), iterations=10)
    )

    assert (await counter(again).aget_state(thread())).values["n"] == 3


async def test_threads_travel() -> None:
    """An archive of one saver unpacks in another, byte for byte the same again."""
    source, target = IndexedDBSaver(name()), IndexedDBSaver(name())
    await asking(source).ainvoke({"n": 1}, thread("trip"))
    data = await apack_thread(source, "trip")
    assert await aunpack_thread(target, data) == "trip"

    assert await apack_thread(target, "trip") == data
    assert await target.athreads() == ["trip"]


async def test_what_was_begun_on_top_of_a_refused_step_is_refused() -> None:
    """Two steps on their way at once: where the first is not stored, the second is not either."""
    saver = IndexedDBSaver(name())
    graph = counter(saver)
    await graph.ainvoke({"n": 0}, thread())
    log, connection = saver._mirror.logs["1", ""], saver._connection
    assert log is not None
    for seq in (log.size - 1, log.size):  # the first is there already
        connection.append(connection.handle, log.number, seq, f"id{seq}", -1, to_js(b"x"))
    with pytest.raises(ThreadConflictError, match="stored this step"):
        await connection.ask("landed", log.number)
    await graph.aupdate_state(thread(), {"n": 7})
    found = await counter(IndexedDBSaver(connection.name)).aget_state(thread())

    assert found.values == {"n": 7, "log": [0, 1, 2]}


def leased(saver: Any) -> Any:
    """A graph of three steps whose runs hold the lease of their thread."""
    graph = StateGraph(State)
    graph.add_node("up", lambda state: {"n": state["n"] + 1})
    graph.add_edge(START, "up")
    graph.add_conditional_edges("up", lambda state: "up" if state["n"] < 3 else END)
    return graph.compile(checkpointer=saver, policy=RunPolicy(lease=60))


async def test_a_run_with_a_lease_keeps_others_out() -> None:
    """`RunPolicy(lease=...)`: another run of the thread is refused until the first one has ended."""
    database = name()
    run = leased(IndexedDBSaver(database)).astream({"n": 0}, thread())
    await anext(run)
    other = leased(IndexedDBSaver(database))
    with pytest.raises(LeaseError, match="another tab.*abreak_lease") as refused:
        await other.ainvoke({"n": 0}, thread())
    free = await other.ainvoke({"n": 0}, thread("2"))
    rest = [event async for event in run]
    again = await other.ainvoke({"n": 1}, thread())

    assert refused.value.thread_id == "1"
    assert (free["n"], len(rest), again["n"]) == (3, 2, 3)


async def test_a_lease_can_be_broken() -> None:
    """The thread is free at once, and the run that had the lease is refused from then on."""
    database = name()
    saver = IndexedDBSaver(database)
    run = leased(IndexedDBSaver(database)).astream({"n": 0}, thread())
    await anext(run)
    await saver.abreak_lease("1")
    with pytest.raises(LeaseError, match="has lost the lease of thread '1'"):
        [event async for event in run]
    done = await leased(saver).ainvoke({"n": 0}, thread())
    async with IndexedDBSaver(database).lease("1"):
        saver.break_lease("1")
        async with saver.lease("1", wait=False):
            pass

    assert done["n"] == 3


async def test_steps_that_are_on_their_way_are_seen_and_stored() -> None:
    """A run need not wait for each step; who looks at the thread does, and then all is there."""
    database = name()
    graph = counter(IndexedDBSaver(database), 40)
    await graph.ainvoke({"n": 0}, thread(), durability="async")
    history = [state.values.get("n") async for state in graph.aget_state_history(thread())]
    other = await counter(IndexedDBSaver(database), 40).aget_state(thread())

    assert [n for n in history if n] == [*range(40, 0, -1)]
    assert (other.values["n"], other.next) == (40, ())


async def test_all_that_is_staged_on_top_of_a_refused_step_is_refused() -> None:
    """A run that does not wait while another tab has gone on stores nothing more, and is told."""
    database = name()
    saver = IndexedDBSaver(database)
    one, two = counter(saver, 40), counter(IndexedDBSaver(database), 12)
    paused = one.astream({"n": 0}, thread(), stream_mode="values", durability="async")
    assert (await anext(paused))["n"] == 0
    assert (await anext(paused))["n"] == 1
    await saver.asettle("1")
    await two.ainvoke(None, thread())
    with pytest.raises(ThreadConflictError, match="'1'"):
        [event async for event in paused]
    found = [state.values.get("n") async for state in two.aget_state_history(thread())]

    assert [n for n in found if n] == [*range(12, 0, -1)]
