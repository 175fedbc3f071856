"""What the in-memory saver keeps: through the engine's face and through LangGraph's."""

from __future__ import annotations

import sys
from typing import Annotated, Any, TypedDict

import pytest

from anystep._records import Commit, Interrupt
from anystep.checkpoint._memory_log import MemoryLog
from anystep.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from anystep.checkpoint.memory import InMemorySaver, MemorySaver
from anystep.checkpoint.serde.errors import SerializationError
from anystep.graph import END, START, StateGraph
from anystep.messages import AIMessage, HumanMessage

pytestmark = pytest.mark.host

EPOCH = 1_700_000_000_000_000_000


def place(id: str | None = None, *, thread: str = "t", ns: str = "") -> dict[str, Any]:
    """A config that addresses a checkpoint, or the latest."""
    found = {"thread_id": thread, "checkpoint_ns": ns}
    return {"configurable": found if id is None else {**found, "checkpoint_id": id}}


def commit(number: int, parent: int | None = None, **changes: Any) -> Commit:
    """A commit named after its number, on top of the one before unless told otherwise."""
    fields: dict[str, Any] = {
        "thread_id": "t",
        "ns": "",
        "id": f"{number:08d}",
        "parent_id": f"{number - 1 if parent is None else parent:08d}" if number else None,
        "ts": EPOCH + number * 1000,
        "source": "loop" if number else "input",
        "step": number - 1,
        "parents": {},
        "metadata": {},
        "values": {},
        "dropped": (),
        "versions": {name: number + 1 for name in changes.get("values", {})},
        "seen": {},
        "updated": None,
        "writes": (),
        "full": not number,
    }
    return Commit(**{**fields, **changes})


def at(saver: BaseCheckpointSaver[Any], number: int | None = None) -> CheckpointTuple:
    """The checkpoint of that number, or the latest."""
    found = saver.get_tuple(place(None if number is None else f"{number:08d}"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert found is not None
    return found


def values(saver: BaseCheckpointSaver[Any], number: int | None = None) -> dict[str, Any]:
    """The channel values of a checkpoint."""
    return at(saver, number).checkpoint["channel_values"]


def test_a_commit_reads_back_in_langgraphs_shape() -> None:
    """A checkpoint has LangGraph's keys, and everything the commit said."""
    saver = InMemorySaver()
    saver.commit(
        commit(
            0,
            values={"n": 1, "go": None},
            versions={"n": 1, "go": 1},
            seen={"__input__": {}},
            updated=("go", "n"),
            metadata={"run_id": "r"},
        )
    )

    assert at(saver) == CheckpointTuple(
        config=place("00000000"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        checkpoint={
            "v": 4,
            "id": "00000000",
            "ts": "2023-11-14T22:13:20+00:00",
            "channel_values": {"n": 1, "go": None},
            "channel_versions": {"n": 1, "go": 1},
            "versions_seen": {"__input__": {}},
            "updated_channels": ["go", "n"],
        },
        metadata={"source": "input", "step": -1, "parents": {}, "run_id": "r"},
        parent_config=None,
        pending_writes=[],
    )


def test_changes_add_up_along_the_parents() -> None:
    """A commit on top of another changes what it names and keeps the rest."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"a": 1, "b": 2}, seen={"x": {"a": 1}}))
    saver.commit(
        commit(1, values={"b": 3}, dropped=("a",), versions={"a": 2, "b": 2}, seen={"x": {"b": 1}})
    )

    assert {"b": 3} == values(saver)
    assert {"a": 2, "b": 2} == at(saver).checkpoint["channel_versions"]
    assert {"x": {"a": 1, "b": 1}} == at(saver).checkpoint["versions_seen"]
    assert place("00000000") == at(saver).parent_config
    assert {"a": 1, "b": 2} == values(saver, 0)


def test_a_fork_has_its_own_future() -> None:
    """Commits on an older checkpoint see nothing of what came after it."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"log": ["a"]}))
    saver.commit(commit(1, values={"log": ["a", "b"]}))
    saver.commit(commit(2, 0, values={"log": ["a", "c"]}))
    saver.commit(commit(3, 1, values={"log": ["a", "b", "d"]}))

    assert [["a"], ["a", "b"], ["a", "c"], ["a", "b", "d"]] == [
        values(saver, n)["log"] for n in range(4)
    ]


def test_an_unknown_parent_is_refused() -> None:
    """A change against something that is not stored cannot be stored."""
    saver = InMemorySaver()

    with pytest.raises(KeyError, match="full=True"):
        saver.commit(commit(5, values={"n": 1}))

    assert saver.get_tuple(place()) is None  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("stored", [True, False])
def test_a_complete_commit_needs_no_parent(stored: bool) -> None:
    """`full` starts from nothing, and still says which checkpoint came before."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"a": 1}))
    saver.commit(commit(8, 0 if stored else 7, values={"b": 1}, full=True))

    assert {"b": 1} == values(saver)
    assert place("00000000" if stored else "00000007") == at(saver).parent_config


def test_what_a_node_changes_in_place_does_not_change_history() -> None:
    """Every value is encoded before `commit` returns."""
    saver = InMemorySaver()
    item: dict[str, Any] = {"n": [1]}
    held: dict[str, Any] = {"deep": [item]}
    saver.commit(commit(0, values={"xs": [item], "held": held}))
    item["n"].append(2)
    saver.commit(commit(1, values={"xs": [item, 2], "held": held}))
    item["n"].append(3)

    assert {"xs": [{"n": [1]}], "held": {"deep": [{"n": [1]}]}} == values(saver, 0)
    assert {"xs": [{"n": [1, 2]}, 2], "held": {"deep": [{"n": [1, 2]}]}} == values(saver, 1)


def test_a_list_grown_in_place_is_stored_whole() -> None:
    """It is compared with what was stored, not with the object that held it."""
    saver = InMemorySaver()
    xs = [1]
    saver.commit(commit(0, values={"xs": xs}))
    xs.append(2)
    saver.commit(commit(1, values={"xs": xs}))
    xs[0] = 9
    saver.commit(commit(2, values={"xs": xs}))

    assert [[1], [1, 2], [9, 2]] == [values(saver, n)["xs"] for n in range(3)]


def test_what_a_reader_changes_does_not_change_history() -> None:
    """Every reader gets objects of its own, and a commit notices what it did to them."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"xs": [{"n": 1}]}))
    loaded = values(saver)["xs"]
    loaded[0]["n"] = 2

    assert [{"n": 1}] == values(saver)["xs"]

    saver.commit(commit(1, values={"xs": [*loaded, 3]}))

    assert [{"n": 2}, 3] == values(saver)["xs"]


def test_equal_is_not_enough_for_a_list_rebuilt_with_other_types() -> None:
    """1, 1.0 and True are equal, and still not what was stored."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"xs": [1, 2]}))
    saver.commit(commit(1, values={"xs": [1.0, 2.0, 3.0]}))

    assert "[1.0, 2.0, 3.0]" == repr(values(saver)["xs"])


def test_messages_loaded_and_appended_to_keep_their_history() -> None:
    """A chat across reloads: each turn loads, appends, commits."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"messages": []}))
    for turn in range(1, 100):
        loaded = values(saver)["messages"]
        said = HumanMessage(f"q{turn}") if turn % 2 else AIMessage(f"a{turn}")
        saver.commit(commit(turn, values={"messages": [*loaded, said]}))

    whole = values(saver)["messages"]

    assert 99 == len(whole)
    for turn in (0, 1, 50, 63, 64, 65, 98):
        assert whole[:turn] == values(saver, turn)["messages"]


@pytest.mark.parametrize("reload", [True, False])
def test_a_message_changed_in_place_and_written_again_is_stored(reload: bool) -> None:
    """As `add_messages` leaves it: the same object at the same place, with other content."""
    saver = InMemorySaver()
    messages = [HumanMessage(f"m{n}", id=str(n)) for n in range(20)]
    saver.commit(commit(0, values={"messages": messages}))
    for number, place in enumerate((19, 3), 1):
        if reload:
            messages = values(saver)["messages"]
        messages[place].content = "changed"
        write = (("t1", ("__pregel_pull", "x"), (), (("messages", [messages[place]]),)),)
        saver.commit(commit(number, values={"messages": messages[:]}, writes=write))

    assert [{}, {19}, {3, 19}] == [
        {n for n, m in enumerate(values(saver, k)["messages"]) if m.content == "changed"} or {}
        for k in range(3)
    ]


def test_rewriting_the_end_of_a_list_costs_what_was_rewritten() -> None:
    """A last item that changes with every step does not store the list again and again."""
    saver = InMemorySaver()
    xs = [f"item {n:04}" for n in range(1000)]
    for number in range(500):
        saver.commit(commit(number, values={"xs": [*xs, "x" * number]}))
    records = saver._logs["t", ""].records

    assert [*xs, "x" * 499] == values(saver)["xs"]
    assert sum(map(len, records[1:])) < 500 * (250 + 500)


def test_a_channel_may_change_its_kind() -> None:
    """A list, then no list, then a list again: each is what it was."""
    saver = InMemorySaver()
    kinds: list[Any] = [[1], [1, 2], "text", [1, 2, 3], (1, 2), [1, 2], None, [1, 2]]
    for number, value in enumerate(kinds):
        saver.commit(commit(number, values={"x": value}))

    assert [repr(kind) for kind in kinds] == [
        repr(values(saver, n)["x"]) for n in range(len(kinds))
    ]


def test_a_dropped_list_starts_over() -> None:
    """After a channel became empty, its next list is not an addition to the old one."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"xs": [1]}))
    saver.commit(commit(1, dropped=("xs",), versions={"xs": 2}))
    saver.commit(commit(2, values={"xs": [1, 2]}))

    assert [{"xs": [1]}, {}, {"xs": [1, 2]}] == [values(saver, n) for n in range(3)]


def test_a_value_that_cannot_be_stored_names_its_place() -> None:
    """The error leads to the part that is at fault, and nothing is stored."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"messages": ["hi"], "n": 1}))
    bad = HumanMessage("x", additional_kwargs={"f": [iter(())]})

    with pytest.raises(SerializationError) as raised:
        saver.commit(commit(1, values={"n": 2, "messages": ["hi", bad]}))

    assert str(raised.value).startswith("state['messages'][1].additional_kwargs['f'][0]: an object")
    assert {"messages": ["hi"], "n": 1} == values(saver)

    saver.commit(commit(1, values={"messages": ["hi", "there"]}))

    assert {"messages": ["hi", "there"], "n": 1} == values(saver)


def test_writes_of_a_commit_are_pending_writes_of_its_parent() -> None:
    """A step's task writes are stored with the step's result and read with its start."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"xs": ["a"], "n": 0}))
    saver.commit(
        commit(
            1,
            values={"xs": ["a", "b"], "n": 5, "d": {"k": 1}},
            writes=(
                ("t2", ("__pregel_pull", "y"), ("go",), (("n", 5),)),
                (
                    "t1",
                    ("__pregel_pull", "x"),
                    ("go",),
                    (("xs", ["b"]), ("d", {"k": 1}), ("n", None)),
                ),
            ),
        )
    )

    assert [
        ("t1", "xs", ["b"]),
        ("t1", "d", {"k": 1}),
        ("t1", "n", None),
        ("t2", "n", 5),
    ] == at(saver, 0).pending_writes
    assert [] == at(saver, 1).pending_writes


def test_a_write_that_is_the_new_value_is_stored_once() -> None:
    """Task writes do not double what a superstep costs."""
    long = "x" * 1000

    def size(writes: tuple[Any, ...]) -> int:
        saver = InMemorySaver()
        saver.commit(commit(0, values={"xs": ["a"]}))
        saver.commit(commit(1, values={"xs": ["a", {"m": long}], "d": [long]}, writes=writes))
        return sum(map(len, saver._logs["t", ""].records))

    added, whole = {"m": long}, [long]

    def writes_of(xs: Any, d: Any) -> tuple[Any, ...]:
        return (("t1", ("__pregel_pull", "x"), (), (("xs", xs), ("d", d))),)

    saver = InMemorySaver()
    saver.commit(commit(0, values={"xs": ["a"]}))
    saver.commit(
        commit(1, values={"xs": ["a", added], "d": whole}, writes=writes_of([added], whole))
    )

    assert sum(map(len, saver._logs["t", ""].records)) < size(()) + 200
    assert [("t1", "xs", [added]), ("t1", "d", whole)] == at(saver, 0).pending_writes


def _latest_of(_: Any, new: Any) -> Any:
    return new


class _Texts(TypedDict):
    plain: str
    reduced: Annotated[str, _latest_of]
    lines: list[str]
    n: int


def test_what_a_step_writes_is_stored_once_and_read_as_it_was() -> None:
    """A text, a reducer's text and a list: a record holds each once, history has all writes."""
    size, steps = 2_000, 10

    def node(state: _Texts) -> dict[str, Any]:
        n = state["n"] + 1
        text = f"{n}".ljust(size, ".")
        return {"plain": text, "reduced": f"{n}".ljust(size, "-"), "lines": [text, "a"], "n": n}

    saver = InMemorySaver()
    app = (
        StateGraph(_Texts)
        .add_node("a", node)
        .add_edge(START, "a")
        .add_conditional_edges("a", lambda state: "a" if state["n"] < steps else END, ["a", END])
        .compile(checkpointer=saver)
    )

    config: Any = place()

    app.invoke({"plain": "", "reduced": "", "lines": [], "n": 0}, config)

    log = saver._find(("t", ""))
    assert log is not None
    told = {x.metadata["step"]: x for x in saver.list(config)}
    for step in range(1, steps):
        writes = {channel: value for _, channel, value in told[step - 1].pending_writes or ()}
        text = f"{step}".ljust(size, ".")
        assert writes["plain"] == told[step].checkpoint["channel_values"]["plain"] == text
        assert writes["reduced"] == f"{step}".ljust(size, "-")
        assert writes["lines"] == told[step].checkpoint["channel_values"]["lines"] == [text, "a"]
        assert 3 * size < len(log.records[step + 1]) < 3.2 * size + 200


def test_a_pull_tasks_id_is_computed_when_asked_for() -> None:
    """A commit may leave the id of a pulled task to the reader."""
    from anystep._ids import task_id

    saver = InMemorySaver()
    saver.commit(commit(0, values={"go": None}))
    path = ("__pregel_pull", "x")
    saver.commit(commit(1, values={"n": 5}, writes=((None, path, ("go",), (("n", 5),)),)))

    expected = task_id(
        checkpoint_id="00000000", ns="", step=0, name="x", path=path, triggers=("go",)
    )

    assert [(expected, "n", 5)] == at(saver, 0).pending_writes


def test_put_writes_are_kept_once_special_ones_replaced() -> None:
    """An ordinary write is stored once per place; errors, interrupts and answers are replaced."""
    saver = InMemorySaver()
    saver.commit(commit(0, values={"n": 1}))
    where: Any = place("00000000")
    saver.put_writes(where, [("n", 1), ("m", 2)], "b", "~2")
    saver.put_writes(where, [("n", 9), ("m", 9), ("k", 3)], "b", "~2")
    saver.put_writes(where, [("__interrupt__", (Interrupt("q", "i"),))], "a", "~1")
    saver.put_writes(where, [("__interrupt__", (Interrupt("r", "j"),))], "a", "~1")

    assert [
        ("a", "__interrupt__", (Interrupt("r", "j"),)),
        ("b", "n", 1),
        ("b", "m", 2),
        ("b", "k", 3),
    ] == at(saver).pending_writes


def test_a_line_is_read_in_few_steps_and_stored_in_few_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long a thread is, loading touches few records and a step adds few bytes."""
    saver = InMemorySaver()
    xs: list[str] = []
    for number in range(5000):
        xs = [*xs, f"item {number}"]
        saver.commit(commit(number, values={"xs": xs, "n": number}, seen={"a": {"n": number}}))
    sizes = [len(record) for record in saver._logs["t", ""].records]
    touched: list[int] = []
    read = MemoryLog.read

    def counting(log: MemoryLog, seq: int) -> Any:
        touched.append(seq)
        return read(log, seq)

    monkeypatch.setattr(MemoryLog, "read", counting)

    assert xs == values(saver)["xs"]
    assert len(touched) < 200
    # Once among the edits, once in a skip of 64, once in a skip of 4096.
    assert sum(sizes[-1000:]) < 1.5 * sum(sizes[:1000])


def test_a_step_that_changes_a_number_takes_few_calls() -> None:
    """What makes a commit cheap must not get lost: calls are counted, not time."""
    saver = InMemorySaver()
    writes = ((None, ("__pregel_pull", "a"), ("go",), (("n", 1), ("go", None))),)
    commits = [
        commit(n, values={"n": n, "go": None}, writes=writes if n else ()) for n in range(60)
    ]
    calls: list[str] = []

    def count(frame: Any, event: str, argument: object) -> None:
        if event == "call":
            calls.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        for one in commits:
            saver.commit(one)
    finally:
        sys.setprofile(None)

    assert len(calls) <= 60 * 6


def test_bytes_of_a_step_do_not_depend_on_the_size_of_the_state() -> None:
    """A thousand channels and nodes cost a step nothing if it changes one."""

    def per_step(nodes: int) -> float:
        saver = InMemorySaver()
        names = [f"node{n}" for n in range(nodes)]
        saver.commit(
            commit(
                0,
                values=dict.fromkeys(names, 1),
                versions=dict.fromkeys(names, 1),
                seen={name: {name: 1} for name in names},
            )
        )
        for number in range(1, 500):
            saver.commit(commit(number, values={"node0": number}, seen={"node0": {"node0": 1}}))
        return sum(map(len, saver._logs["t", ""].records[1:]))

    assert per_step(1000) == per_step(1)


class _LongNames(TypedDict):
    a_key_with_a_very_long_name: int


def test_a_plain_step_takes_few_bytes() -> None:
    """Of a superstep of one node no name is stored, only what differs from the one before."""

    def step(state: Any) -> dict[str, int]:
        return {"a_key_with_a_very_long_name": state["a_key_with_a_very_long_name"] + 1}

    def router(state: Any) -> str:
        return "a_long_node_name" if state["a_key_with_a_very_long_name"] < 63 else END

    saver = InMemorySaver()
    config: Any = {**place(), "recursion_limit": 99}
    builder = StateGraph(_LongNames).add_node("a_long_node_name", step)
    builder.add_edge(START, "a_long_node_name")
    builder.add_conditional_edges("a_long_node_name", router)
    app = builder.compile(checkpointer=saver)
    app.invoke({"a_key_with_a_very_long_name": 0}, config)
    history = [found.values for found in app.get_state_history(config)]
    records = saver._logs["t", ""].records

    assert [{"a_key_with_a_very_long_name": n} for n in range(63, -1, -1)] == history[:-1]
    assert max(map(len, records[2:60])) <= 110


def test_listing_is_newest_first_and_filtered() -> None:
    """`list` knows metadata, `before`, `limit`, namespaces and threads."""
    saver = MemorySaver()
    for number in range(4):
        saver.commit(commit(number, values={"n": number}, metadata={"user": number % 2}))
    saver.commit(commit(0, values={"n": 9}, ns="sub"))
    saver.commit(commit(0, values={"n": 9}, thread_id="other"))

    def listed(*args: Any, **kwargs: Any) -> list[int]:
        return [found.checkpoint["channel_values"]["n"] for found in saver.list(*args, **kwargs)]

    assert [3, 2, 1, 0] == listed(place())
    assert [3, 2] == listed(place(), limit=2)
    assert [] == listed(place(), limit=0)
    assert [1, 0] == listed(place(), before=place("00000002"))
    assert [3, 1] == listed(place(), filter={"user": 1})
    assert [3] == listed(place(), filter={"user": 1, "source": "loop"}, limit=1)
    assert [2] == listed(place("00000002"))
    assert [9] == listed(place(ns="sub"))
    assert [3, 2, 1, 0, 9] == listed({"configurable": {"thread_id": "t"}})
    assert [3, 2, 1, 0, 9, 9] == listed(None)


def test_threads_are_copied_pruned_and_deleted() -> None:
    """Housekeeping leaves what stays exactly as it was."""
    saver = InMemorySaver()
    for number in range(70):
        saver.commit(
            commit(number, values={"xs": [*range(number)]}, metadata={"run_id": f"r{number % 3}"})
        )
    saver.put_writes(place(f"{69:08d}"), [("xs", [1])], "t1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    before = at(saver)

    saver.copy_thread("t", "copy")
    with pytest.raises(ValueError, match="'copy'"):
        saver.copy_thread("t", "copy")
    saver.prune(["t"])

    assert [69] == [found.metadata["step"] + 1 for found in saver.list(place())]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert before.checkpoint == at(saver).checkpoint
    assert before.pending_writes == at(saver).pending_writes
    assert 70 == len([*saver.list(place(thread="copy"))])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    saver.delete_for_runs(["r0", "r1"])
    left = [*saver.list(None)]

    assert {"r2"} == {found.metadata.get("run_id") for found in left}
    assert [[*range(n)] for n in range(68, 0, -3)] == [
        found.checkpoint["channel_values"]["xs"] for found in left
    ]
    with pytest.raises(ValueError, match="keep_latest"):
        saver.prune(["copy"], strategy="some")
    saver.prune(["copy"], strategy="delete")

    assert [] == [*saver.list(None)]

    saver.commit(commit(0, values={"n": 1}))
    saver.commit(commit(0, values={"n": 1}, ns="sub"))
    saver.delete_thread("t")

    assert [] == [*saver.list(None)]


async def test_the_async_face_is_the_same() -> None:
    """Every method has an `a` twin that does the same."""
    saver = InMemorySaver()
    where: Any = place()
    async with saver:
        await saver.acommit(commit(0, values={"n": 1}))
        first = await saver.aget_tuple(where)
        assert first is not None
        given = await saver.aput(
            first.config,
            {
                **first.checkpoint,
                "id": "9",
                "channel_values": {"n": 2},
                "channel_versions": {"n": 2},
            },
            {"source": "fork", "step": 3, "parents": {}},
            {"n": 2},
        )
        await saver.aput_writes(given, [("n", 3)], "t1")

    latest = await saver.aget(where)

    assert latest is not None
    assert 2 == latest["channel_values"]["n"]
    assert [2, 1] == [
        found.checkpoint["channel_values"]["n"] async for found in saver.alist(where, limit=5)
    ]
    assert [("t1", "n", 3)] == at(saver).pending_writes

    await saver.acopy_thread("t", "u")
    await saver.aprune(["u"])
    await saver.adelete_for_runs(["nobody"])
    await saver.adelete_thread("t")

    assert ["9"] == [found.checkpoint["id"] for found in saver.list(None)]


def test_a_fresh_allow_list_reads_the_same_threads() -> None:
    """A saver with a longer allow-list shares the storage of the one it came from."""
    with InMemorySaver() as saver:
        saver.commit(commit(0, values={"n": 1}))
        clone = saver.with_allowlist([("fractions", "Fraction")])
        clone.commit(commit(1, values={"n": 2}))

    assert clone is not saver
    assert {"n": 2} == values(saver)
    assert clone is clone.with_allowlist([("fractions", "Fraction")])
