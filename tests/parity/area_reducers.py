"""Reducers, their starting values, Overwrite, and two writers of one key."""
# pyright: basic

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Optional, TypedDict

from ._kit import Number, Words, chain, fan, says
from ._oracle import Run, program, thread


class Sums(TypedDict):
    """Every operator that has an obvious neutral element."""

    total: Annotated[int, operator.add]
    words: Annotated[list[str], operator.add]
    text: Annotated[str, operator.add]
    table: Annotated[dict[str, int], operator.or_]
    seen: Annotated[set[int], operator.or_]
    both: Annotated[bytes, operator.add]


@program
async def operators(lib: Any, run: Run) -> None:
    """operator.add and operator.or_ start from the empty value of their type."""
    write = {
        "total": 2,
        "words": ["w"],
        "text": "t",
        "table": {"k": 1},
        "seen": {1},
        "both": b"1",
    }
    graph = chain(
        lib,
        Sums,
        {"a": lambda s: write, "b": lambda s: {"total": 3, "seen": {2}}},
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, {"total": 1}, "o")
    await run.invoke(graph, {"text": "more"}, thread("o", "values"))


@program
async def state_before_the_first_write(lib: Any, run: Run) -> None:
    """What a node sees of reducer keys nobody wrote."""
    seen = []

    def looks(state: dict[str, Any]) -> None:
        seen.append({key: repr(value) for key, value in state.items()})

    graph = chain(lib, Sums, {"a": looks})

    await run.invoke(graph, {"total": 1})
    run.note("seen", seen)


@program
async def starting_values(lib: Any, run: Run) -> None:
    """Abstract, optional, union and custom types: what a reducer starts from."""

    class Box:
        def __init__(self) -> None:
            self.items = ["start"]

        def __repr__(self) -> str:
            return f"Box({self.items})"

    def keep(old: Any, new: Any) -> Any:
        return f"{old!r}+{new!r}"

    class State(TypedDict):
        sequence: Annotated[Sequence[int], keep]
        mapping: Annotated[Mapping[str, int], keep]
        optional: Annotated[Optional[int], keep]  # noqa: UP045
        union: Annotated[int | str, keep]
        whatever: Annotated[Any, keep]
        floating: Annotated[float, keep]
        box: Annotated[Box, keep]
        flag: Annotated[bool, keep]

    graph = chain(lib, State, {"a": lambda s: dict.fromkeys(State.__annotations__, 7)})

    await run.invoke(graph, {"flag": True})


@program
async def custom_reducer(lib: Any, run: Run) -> None:
    """A function of two arguments reduces; lambdas too."""

    def longest(left: str, right: str) -> str:
        return max(left, right, key=len)

    class State(TypedDict):
        word: Annotated[str, longest]
        peak: Annotated[int, lambda old, new: max(old, new)]
        last: Annotated[Any, lambda old, new: new if new is not None else old]

    graph = chain(
        lib,
        State,
        {
            "a": lambda s: {"word": "abc", "peak": 4, "last": 1},
            "b": lambda s: {"word": "z", "peak": 2, "last": None},
        },
    )

    await run.watch(graph, {"word": "ab", "peak": 3})


@program(parallel=True)
async def reducer_meets_two_writers(lib: Any, run: Run) -> None:
    """A reducer folds the writes of one step one by one, in task order."""

    def show(old: str, new: str) -> str:
        return f"({old}{new})"

    class State(TypedDict):
        text: Annotated[str, show]

    nodes = {name: (lambda s, name=name: {"text": name}) for name in "cab"}

    await run.watch(fan(lib, State, nodes), {"text": "in"})


@program
async def two_writers(lib: Any, run: Run) -> None:
    """Two writers of one plain key are refused; the thread stays where it was."""
    nodes = {"a": lambda s: {"n": 1}, "b": lambda s: {"n": 2}}
    graph = fan(lib, Number, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"n": 0}, thread())
    await run.state(graph, thread())
    await run.invoke(graph, {"n": 0})


@program
async def two_writers_of_equal_values(lib: Any, run: Run) -> None:
    """Equal values make no difference to the conflict."""
    nodes = {"a": lambda s: {"n": 1}, "b": lambda s: {"n": 1}}

    await run.invoke(fan(lib, Number, nodes), {"n": 0})


@program
async def overwrite(lib: Any, run: Run) -> None:
    """Overwrite replaces what a reducer would have merged."""
    graph = chain(
        lib,
        Words,
        {
            "a": says("a"),
            "b": lambda s: {"xs": lib.Overwrite(["only"])},
            "c": says("c"),
        },
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, {"xs": ["in"]}, "o")
    await run.history(graph, thread("o", "values"))


@program
async def overwrite_as_dict(lib: Any, run: Run) -> None:
    """Overwrite has two spellings as plain data."""
    for value in ({"__overwrite__": ["x"]}, {"type": "__overwrite__", "value": ["y"]}):
        graph = chain(lib, Words, {"b": lambda s, value=value: {"xs": value}})
        await run.invoke(graph, {"xs": ["in"]})


@program
async def overwrite_meets_plain_write(lib: Any, run: Run) -> None:
    """In a step with an Overwrite the plain writes are dropped."""
    nodes = {"a": says("a"), "b": lambda s: {"xs": lib.Overwrite(["b"])}, "c": says("c")}

    await run.invoke(fan(lib, Words, nodes), {"xs": ["in"]})


@program
async def two_overwrites(lib: Any, run: Run) -> None:
    """Two Overwrites of one key in one step are refused."""
    nodes = {
        "a": lambda s: {"xs": lib.Overwrite(["a"])},
        "b": lambda s: {"xs": lib.Overwrite(["b"])},
    }

    await run.invoke(fan(lib, Words, nodes), {"xs": ["in"]})


@program
async def overwrite_of_a_plain_key(lib: Any, run: Run) -> None:
    """Overwrite to a key without a reducer."""
    graph = chain(lib, Number, {"a": lambda s: {"n": lib.Overwrite(5)}})

    await run.invoke(graph, {"n": 1})


@program
async def overwrite_as_input(lib: Any, run: Run) -> None:
    """The input may overwrite what the thread holds."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": ["1"]}, thread())
    await run.invoke(graph, {"xs": lib.Overwrite(["new"])}, thread())
    await run.update(graph, thread(), {"xs": lib.Overwrite([])})
    await run.state(graph, thread())


@program
async def reducer_raises(lib: Any, run: Run) -> None:
    """An exception inside a reducer reaches the caller."""
    graph = chain(
        lib,
        Words,
        {"a": says("a"), "b": lambda s: {"xs": 3}},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, {"xs": []}, thread())


@program
async def bad_reducer_signature(lib: Any, run: Run) -> None:
    """A reducer that does not take two arguments is refused at once."""

    class One(TypedDict):
        x: Annotated[int, lambda a: a]

    class Three(TypedDict):
        x: Annotated[int, lambda a, b, c: a]

    class Defaulted(TypedDict):
        x: Annotated[int, lambda a, b, c=1: a]

    for schema in (One, Three, Defaulted):
        run.attempt(schema.__name__, functools.partial(lib.StateGraph, schema))


@program
async def annotation_without_reducer(lib: Any, run: Run) -> None:
    """Annotated with something that is not callable is a plain key."""

    class State(TypedDict):
        x: Annotated[int, "a comment"]
        y: Annotated[int, operator.add, "a comment after"]

    graph = chain(lib, State, {"a": lambda s: {"x": 2, "y": 2}})

    await run.invoke(graph, {"x": 1, "y": 1})


@program
async def none_is_a_value(lib: Any, run: Run) -> None:
    """Writing None to a plain key is a write; a reducer receives it."""

    def shows(old: Any, new: Any) -> Any:
        return f"{old}/{new}"

    class State(TypedDict):
        n: int | None
        text: Annotated[str, shows]

    graph = chain(
        lib,
        State,
        {"a": lambda s: {"n": None, "text": None}},
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, {"n": 1, "text": "in"}, "n")


@program
async def input_goes_through_the_reducer(lib: Any, run: Run) -> None:
    """A second input of a thread is merged, not set."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    for word in ("one", "two", "three"):
        await run.invoke(graph, {"xs": [word]}, thread())
    await run.history(graph, thread())


@program
async def messages(lib: Any, run: Run) -> None:
    """add_messages appends, replaces by id, removes; the state of MessagesState."""

    def answers(state: Any) -> dict[str, Any]:
        return {"messages": [lib.AIMessage("hello", id="2")]}

    def corrects(state: Any) -> dict[str, Any]:
        return {"messages": [lib.AIMessage("hello there", id="2")]}

    def forgets(state: Any) -> dict[str, Any]:
        return {"messages": [lib.RemoveMessage(id="1")]}

    graph = chain(
        lib,
        lib.MessagesState,
        {"answers": answers, "corrects": corrects, "forgets": forgets},
    )

    await run.stream(graph, {"messages": [lib.HumanMessage("hi", id="1")]}, stream_mode="values")
    await run.invoke(graph, {"messages": {"role": "user", "content": "x", "id": "1"}})


@program
async def messages_remove_unknown(lib: Any, run: Run) -> None:
    """Removing a message that is not there is an error."""

    def forgets(state: Any) -> dict[str, Any]:
        return {"messages": [lib.RemoveMessage(id="zz")]}

    graph = chain(lib, lib.MessagesState, {"a": forgets})

    await run.invoke(graph, {"messages": [lib.HumanMessage("hi", id="1")]})


@program
async def messages_remove_all(lib: Any, run: Run) -> None:
    """REMOVE_ALL_MESSAGES drops everything before it."""

    def restarts(state: Any) -> dict[str, Any]:
        return {
            "messages": [
                lib.RemoveMessage(id=lib.REMOVE_ALL_MESSAGES),
                lib.HumanMessage("fresh", id="9"),
            ]
        }

    graph = chain(lib, lib.MessagesState, {"a": restarts})

    await run.invoke(graph, {"messages": [lib.HumanMessage("hi", id="1")]})
