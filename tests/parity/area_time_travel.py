"""Going back in time where a subgraph remembers, and channels that are saved as writes."""
# pyright: basic

import operator
from typing import Annotated, Any, TypedDict

from ._kit import Words, chain, says
from ._oracle import Run, program, thread


def _with_subgraph(lib: Any, memory: Any) -> Any:
    inner = chain(
        lib,
        Words,
        {"s1": says("s1"), "ask": lambda s: {"xs": [lib.interrupt("q")]}, "s2": says("s2")},
        checkpointer=memory,
    )
    nodes = {"a": says("a"), "sub": inner, "z": says("z")}
    return chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())


async def _fork(lib: Any, run: Run, memory: Any) -> None:
    graph = _with_subgraph(lib, memory)
    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.invoke(graph, lib.Command(resume="A"), thread())
    states = await run.history(graph, thread())
    past = next(state for state in states if state.next == ("sub",))
    await run.invoke(graph, None, past.config)
    await run.state(graph, thread(), subgraphs=True)
    await run.invoke(graph, lib.Command(resume="B"), thread())
    await run.history(graph, thread())


@program
async def fork_before_a_subgraph(lib: Any, run: Run) -> None:
    """A subgraph without a memory of its own asks again in the fork."""
    await _fork(lib, run, None)


@program
async def fork_before_a_subgraph_that_remembers(lib: Any, run: Run) -> None:
    """A subgraph with a memory starts the fork from what it knew at that time."""
    await _fork(lib, run, True)


@program
async def subgraph_that_remembers_between_calls(lib: Any, run: Run) -> None:
    """Runs of one thread build on each other; a fork of an early one does not see later ones."""
    inner = chain(lib, Words, {"s": says("s")}, checkpointer=True)
    graph = chain(lib, Words, {"sub": inner}, checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": ["one"]}, thread())
    await run.invoke(graph, {"xs": ["two"]}, thread())
    states = await run.history(graph, thread())
    past = [state for state in states if state.next == ("sub",)]
    for state in past:
        await run.invoke(graph, None, state.config)
    await run.state(graph, thread(), subgraphs=True)


def _joined(value: Any, writes: Any) -> list[Any]:
    return [*value, *(item for write in writes for item in write)]


async def _delta(lib: Any, run: Run, frequency: int) -> None:
    class State(TypedDict):
        xs: Annotated[list[Any], lib.DeltaChannel(_joined, snapshot_frequency=frequency)]
        n: Annotated[int, operator.add]

    nodes = {"a": lambda s: {"xs": [f"a{len(s['xs'])}"], "n": 1}, "b": says("b")}
    graph = chain(lib, State, nodes, checkpointer=lib.InMemorySaver())
    for name in ("one", "two"):
        await run.invoke(graph, {"xs": [name], "n": 0}, thread())
    # The metadata of LangGraph's checkpoints also counts towards the next snapshot.
    states = list(graph.get_state_history(thread()))
    run.note("history", [(s.values, s.next, s.metadata["step"]) for s in states])
    await run.invoke(graph, None, states[2].config)
    await run.update(graph, thread(), {"xs": ["by hand"]}, as_node="b")
    run.note("edited", graph.get_state(thread()).values)
    await run.invoke(graph, {"xs": lib.Overwrite(["new"])}, thread())


@program
async def delta_channel(lib: Any, run: Run) -> None:
    """A delta channel goes on from run to run, is shown whole, forks and is edited."""
    await _delta(lib, run, 1)
    await _delta(lib, run, 3)
    await _delta(lib, run, 1000)


def _counted(lib: Any, memory: Any, calls: list[str]) -> Any:
    def first(state: Any) -> dict[str, Any]:
        calls.append("s1")
        return {"xs": ["s1"]}

    nodes = {"s1": first, "ask": lambda s: {"xs": [lib.interrupt("q")]}, "s2": says("s2")}
    inner = chain(lib, Words, nodes, checkpointer=memory)
    nodes = {"a": says("a"), "sub": inner, "z": says("z")}
    return chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())


@program
async def run_from_a_subgraphs_checkpoint(lib: Any, run: Run) -> None:
    """A subgraph's address leads a run there: edited, older, answered, or finished since."""
    for memory in (None, True):
        for how in ("as it is", "edited", "older", "answered", "done", "done edited"):
            calls: list[str] = []
            graph = _counted(lib, memory, calls)
            await run.invoke(graph, {"xs": ["in"]}, thread())
            if "done" in how:
                await run.invoke(graph, lib.Command(resume="A"), thread())
            states = await run.history(graph, thread())
            past = next(state for state in states if state.next == ("sub",))
            past = graph.get_state(past.config, subgraphs=True)
            address = past.tasks[0].state.config
            if "edited" in how:
                address = await run.update(graph, address, {"xs": ["by hand"]})
            if how == "older":
                newest = {k: v for k, v in address["configurable"].items() if k != "checkpoint_id"}
                address = list(graph.get_state_history({"configurable": newest}))[1].config
            given = lib.Command(resume="B") if how == "answered" else None
            await run.invoke(graph, given, address)
            await run.state(graph, thread(), subgraphs=True)
            await run.invoke(graph, lib.Command(resume="C"), thread())
            run.note(f"calls {memory} {how}", calls)


@program
async def answer_where_the_thread_has_moved_on(lib: Any, run: Run) -> None:
    """What had finished beside an old question runs again; what was answered is kept."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("one"), lib.interrupt("two")]}

    def beside(state: Any) -> dict[str, Any]:
        ran.append("beside")
        return {"xs": [len(ran)]}

    ran: list[str] = []
    builder = lib.StateGraph(Words)
    builder.add_node("asks", asks).add_node("beside", beside)
    builder.add_edge(lib.START, "asks").add_edge(lib.START, "beside")
    graph = builder.compile(checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": ["in"]}, thread())
    await run.invoke(graph, lib.Command(resume="A"), thread())
    old = graph.get_state(thread()).config
    await run.invoke(graph, lib.Command(resume="B"), thread())
    for given in (lib.Command(resume="C"), lib.Command(resume="D"), None):
        await run.invoke(graph, given, old)
        run.note("ran", len(ran))
    await run.history(graph, thread())


@program
async def several_forks_of_one_edit(lib: Any, run: Run) -> None:
    """The first run from an edit goes on with it; later ones begin branches of their own."""
    nodes = {"a": says("a"), "ask": lambda s: {"xs": [lib.interrupt("q")]}}
    graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
    await run.invoke(graph, {"xs": ["in"]}, thread())
    edited = await run.update(graph, thread(), {"xs": ["by hand"]})
    for answer in "ABC":
        await run.invoke(graph, None, edited)
        await run.invoke(graph, lib.Command(resume=answer), thread())
    await run.history(graph, thread())
