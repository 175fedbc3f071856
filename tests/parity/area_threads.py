"""Threads: snapshots, history, update_state, forks and replays."""
# pyright: basic

from typing import Any

from ._kit import Log, Words, chain, counts, fan, says
from ._oracle import Run, program, thread


def _three(lib: Any, **options: Any) -> Any:
    nodes = {name: says(name) for name in "abc"}
    return chain(lib, Words, nodes, checkpointer=lib.InMemorySaver(), **options)


def _at(config: Any) -> Any:
    """Return the config of a snapshot without what only the engine adds."""
    kept = {
        key: config["configurable"][key] for key in ("thread_id", "checkpoint_ns", "checkpoint_id")
    }
    return {"configurable": kept}


@program
async def two_threads(lib: Any, run: Run) -> None:
    """Threads of one saver do not touch each other."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": ["1"]}, thread("1"))
    await run.invoke(graph, {"xs": ["2"]}, thread("2"))
    await run.invoke(graph, {"xs": ["1 again"]}, thread("1"))
    await run.history(graph, thread("1"))
    await run.state(graph, thread("2"))


@program
async def several_runs(lib: Any, run: Run) -> None:
    """Steps count on; each input has a checkpoint."""
    graph = chain(lib, Log, {"a": counts}, checkpointer=lib.InMemorySaver())

    for number in range(3):
        await run.stream(
            graph,
            {"n": number},
            thread(),
            stream_mode=["values", "updates", "checkpoints", "debug"],
        )
    await run.history(graph, thread())


@program
async def history_limits(lib: Any, run: Run) -> None:
    """History takes a limit, a filter and a place to start."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    states = await run.history(graph, thread())
    await run.history(graph, thread(), limit=2)
    await run.history(graph, thread(), before=states[1].config)
    await run.history(graph, thread(), filter={"source": "input"})
    await run.history(graph, thread(), filter={"step": 1})
    await run.history(graph, states[2].config)


@program
async def state_by_checkpoint(lib: Any, run: Run) -> None:
    """A snapshot may be addressed by its id; an unknown id is empty."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    states = await run.history(graph, thread())
    for state in states:
        await run.state(graph, state.config)
        await run.state(graph, _at(state.config))
    unknown = {"configurable": {"thread_id": "t", "checkpoint_id": "nowhere"}}
    await run.state(graph, unknown)


@program
async def update_as_last_node(lib: Any, run: Run) -> None:
    """update_state without a name acts as the node that ran last."""
    graph = _three(lib, interrupt_before=["c"])

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["up"]})
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())


@program
async def update_as_named_node(lib: Any, run: Run) -> None:
    """update_state as a node leads on along its edges."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    for name in ("a", "b", "c", "__start__"):
        await run.update(graph, thread(), {"xs": [f"as {name}"]}, as_node=name)
        await run.state(graph, thread())
    await run.update(graph, thread(), {"xs": ["x"]}, as_node="nowhere")
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())


@program
async def update_of_an_empty_thread(lib: Any, run: Run) -> None:
    """update_state may be the first thing a thread sees."""
    graph = _three(lib)

    await run.update(graph, thread("1"), {"xs": ["up"]})
    await run.state(graph, thread("1"))
    await run.invoke(graph, None, thread("1"))
    await run.update(graph, thread("2"), {"xs": ["up"]}, as_node="b")
    await run.state(graph, thread("2"))
    await run.invoke(graph, None, thread("2"))
    await run.history(graph, thread("2"))


@program(parallel=True)
async def update_that_is_ambiguous(lib: Any, run: Run) -> None:
    """After two nodes ran together the name is needed."""
    nodes = {"a": says("a"), "b": says("b")}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["up"]})
    await run.update(graph, thread(), {"xs": ["up"]}, as_node="a")
    await run.state(graph, thread())


@program
async def update_in_a_single_node_graph(lib: Any, run: Run) -> None:
    """With one node the name is never needed."""
    graph = chain(lib, Words, {"a": says("a")}, checkpointer=lib.InMemorySaver())

    await run.update(graph, thread(), {"xs": ["up"]})
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())


@program
async def update_runs_routers(lib: Any, run: Run) -> None:
    """update_state evaluates the conditional edges of its node."""
    builder = lib.StateGraph(Log)
    for name in "abc":
        builder.add_node(name, says(name))
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: "b" if s["n"] else "c")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": [], "n": 0}, thread())
    await run.update(graph, thread(), {"n": 1}, as_node="a")
    await run.state(graph, thread())
    await run.update(graph, thread(), None, as_node="a")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())


@program
async def update_with_sends(lib: Any, run: Run) -> None:
    """update_state as a node whose router sends."""
    builder = lib.StateGraph(Words)
    builder.add_node("a", says("a")).add_node("w", lambda s: {"xs": [s["i"]]})
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges(
        "a", lambda s: [lib.Send("w", {"i": i}) for i in range(len(s["xs"]))]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.update(graph, thread(), {"xs": ["1", "2"]}, as_node="a")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())


@program
async def update_to_end(lib: Any, run: Run) -> None:
    """update_state(None, as_node=END) clears what is pending."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), None, as_node=lib.END)
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.update(graph, thread(), {"xs": ["x"]}, as_node=lib.END)
    await run.history(graph, thread())


@program
async def update_as_input(lib: Any, run: Run) -> None:
    """as_node="__input__" acts as new input."""
    graph = _three(lib, interrupt_before=["b"])

    await run.invoke(graph, {"xs": ["1"]}, thread())
    await run.update(graph, thread(), {"xs": ["2"]}, as_node="__input__")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())


@program
async def update_as_copy(lib: Any, run: Run) -> None:
    """as_node="__copy__" clones a checkpoint."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": ["1"]}, thread())
    states = await run.history(graph, thread())
    await run.update(graph, states[1].config, None, as_node="__copy__")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())
    await run.history(graph, thread())


@program
async def update_with_an_interrupt_pending(lib: Any, run: Run) -> None:
    """update_state keeps another node's question pending."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    graph = chain(
        lib,
        Words,
        {"a": says("a"), "ask": asks, "z": says("z")},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["up"]})
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    await run.history(graph, thread())


@program
async def update_in_place_of_a_node(lib: Any, run: Run) -> None:
    """update_state as the interrupted node answers for it."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    graph = chain(lib, Words, {"ask": asks, "z": says("z")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"xs": ["by hand"]}, as_node="ask")
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())


@program
async def bulk_update(lib: Any, run: Run) -> None:
    """bulk_update_state applies supersteps of updates in order."""
    graph = _three(lib)
    one = lib.StateUpdate({"xs": ["1"]}, "a", None)
    two = lib.StateUpdate({"xs": ["2"]}, "b", None)

    await run.bulk(graph, thread("1"), [[one], [two]])
    await run.history(graph, thread("1"))
    await run.bulk(graph, thread("2"), [[one, two]])
    await run.history(graph, thread("2"))
    await run.bulk(graph, thread("3"), [])
    await run.bulk(graph, thread("3"), [[]])
    await run.bulk(graph, thread("3"), [[one, lib.StateUpdate({"xs": []}, None, None)]])


@program
async def update_with_unknown_key(lib: Any, run: Run) -> None:
    """Unknown keys and values of the wrong shape in update_state."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    await run.update(graph, thread(), {"zz": 1})
    await run.state(graph, thread())
    await run.update(graph, thread(), 3, as_node="a")
    await run.update(graph, thread(), None)
    await run.update(graph, thread(), lib.Command(update={"xs": ["c"]}, goto="c"), as_node="a")
    await run.state(graph, thread())


@program
async def replay(lib: Any, run: Run) -> None:
    """None with an older checkpoint runs again from there, as a fork."""
    ran = []

    def node(name: str) -> Any:
        def body(state: Any) -> dict[str, Any]:
            ran.append(name)
            return {"xs": [name]}

        return body

    graph = chain(
        lib, Words, {name: node(name) for name in "abc"}, checkpointer=lib.InMemorySaver()
    )

    await run.invoke(graph, {"xs": []}, thread())
    states = await run.history(graph, thread())
    await run.stream(
        graph, None, states[2].config, stream_mode=["values", "updates", "checkpoints"]
    )
    run.note("ran", ran)
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def fork_by_update(lib: Any, run: Run) -> None:
    """update_state on an older checkpoint begins a branch."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    states = await run.history(graph, thread())
    config = await run.update(graph, states[2].config, {"xs": ["other"]})
    await run.state(graph, config)
    await run.stream(graph, None, config, stream_mode=["values", "updates"])
    await run.history(graph, thread())


@program
async def fork_by_input(lib: Any, run: Run) -> None:
    """Input with an older checkpoint begins a branch."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": ["1"]}, thread())
    states = await run.history(graph, thread())
    await run.invoke(graph, {"xs": ["2"]}, states[2].config)
    await run.history(graph, thread())


@program
async def replay_of_an_interrupt(lib: Any, run: Run) -> None:
    """Going back before an answered question asks it again."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    graph = chain(lib, Words, {"a": says("a"), "ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    asked = await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="1"), thread())
    await run.invoke(graph, None, asked.config)
    await run.invoke(graph, lib.Command(resume="2"), thread())
    await run.history(graph, thread())


@program
async def resume_at_an_older_checkpoint(lib: Any, run: Run) -> None:
    """A resume may name the checkpoint that asked."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q")]}

    graph = chain(lib, Words, {"a": says("a"), "ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    asked = await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="1"), thread())
    await run.invoke(graph, lib.Command(resume="2"), asked.config)
    await run.history(graph, thread())


@program
async def replay_of_the_end(lib: Any, run: Run) -> None:
    """Going back to the last checkpoint, and to the input."""
    graph = _three(lib)

    await run.invoke(graph, {"xs": []}, thread())
    states = await run.history(graph, thread())
    await run.invoke(graph, None, states[0].config)
    await run.invoke(graph, None, states[-1].config)
    await run.history(graph, thread())


@program
async def unknown_checkpoint(lib: Any, run: Run) -> None:
    """A run at a checkpoint nobody wrote starts fresh."""
    graph = _three(lib)
    unknown = {"configurable": {"thread_id": "t", "checkpoint_id": "1ef"}}

    await run.invoke(graph, {"xs": ["in"]}, unknown)
    await run.invoke(graph, None, unknown)
    await run.state(graph, thread())


@program
async def user_metadata(lib: Any, run: Run) -> None:
    """Scalar metadata and configurable values of the caller reach the checkpoint."""
    graph = _three(lib)
    config = {
        "configurable": {"thread_id": "t", "user": "u", "number": 3, "thing": [1]},
        "metadata": {"kind": "test", "deep": {"a": 1}},
        "tags": ["tag"],
        "run_name": "my run",
    }

    await run.stream(graph, {"xs": []}, config, stream_mode=["tasks", "checkpoints", "debug"])
    await run.state(graph, config)
    await run.history(graph, thread())


@program
async def graph_shares_a_thread(lib: Any, run: Run) -> None:
    """Another graph with the same saver goes on with the thread."""
    saver = lib.InMemorySaver()
    first = chain(lib, Words, {"a": says("a")}, checkpointer=saver)
    second = chain(lib, Words, {"b": says("b"), "c": says("c")}, checkpointer=saver)

    await run.invoke(first, {"xs": ["in"]}, thread())
    await run.invoke(second, {"xs": ["more"]}, thread())
    await run.history(second, thread())


@program
async def node_renamed(lib: Any, run: Run) -> None:
    """A thread that waits for a node which no longer exists."""
    saver = lib.InMemorySaver()
    nodes = {"a": says("a"), "b": says("b")}
    first = chain(lib, Words, nodes, checkpointer=saver, interrupt_before=["b"])
    second = chain(lib, Words, {"a": says("a"), "other": says("o")}, checkpointer=saver)

    await run.invoke(first, {"xs": []}, thread())
    await run.state(second, thread())
    await run.invoke(second, None, thread())


@program
async def saver_given_by_config(lib: Any, run: Run) -> None:
    """A thread id without a saver changes nothing."""
    graph = chain(lib, Words, {"a": says("a")})

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, {"xs": []}, thread())


@program
async def thread_id_that_is_a_number(lib: Any, run: Run) -> None:
    """Thread ids may be numbers."""
    graph = _three(lib)
    config = {"configurable": {"thread_id": 1}}

    await run.invoke(graph, {"xs": []}, config)
    await run.state(graph, config)
    await run.state(graph, {"configurable": {"thread_id": "1"}})
