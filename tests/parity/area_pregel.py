"""Hand-built graphs: nodes that subscribe to channels."""
# pyright: basic

import operator
from typing import Any

from ._oracle import Run, program, thread


def _number(lib: Any, *names: str) -> dict[str, Any]:
    return {name: lib.LastValue(int) for name in names}


def _one(lib: Any, **options: Any) -> Any:
    node = lib.NodeBuilder().subscribe_only("input").do(lambda x: x + 1).write_to("output")
    given = {
        "nodes": {"one": node},
        "channels": _number(lib, "input", "output"),
        "input_channels": "input",
        "output_channels": "output",
    }
    return lib.Pregel(**{**given, **options})


@program
async def one_node(lib: Any, run: Run) -> None:
    """A value in, a value out; every stream; other output keys for one call."""
    graph = _one(lib)

    await run.invoke(graph, 2)
    await run.invoke(graph, 2, output_keys=["output"])
    await run.invoke(graph, None)
    await run.watch(graph, 2)


@program
async def two_nodes_saved(lib: Any, run: Run) -> None:
    """A channel between two nodes, stops, streams of chosen channels, history, an edit."""
    graph = lib.Pregel(
        nodes={
            "one": lib.NodeBuilder().subscribe_only("input").do(lambda x: x + 1).write_to("inbox"),
            "two": lib.NodeBuilder().subscribe_only("inbox").do(lambda x: x * 2).write_to("output"),
        },
        channels=_number(lib, "input", "inbox", "output"),
        input_channels="input",
        output_channels="output",
        stream_channels=["inbox", "output"],
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, 2, "w", durability="sync")
    await run.history(graph, thread("w", "values"))
    await run.invoke(graph, 5, thread("i"), interrupt_after=["one"])
    await run.state(graph, thread("i"))
    await run.invoke(graph, None, thread("i"))
    await run.invoke(graph, 7, thread("i"), interrupt_before=["two"])
    await run.update(graph, thread("i"), 100, as_node="one")
    await run.invoke(graph, None, thread("i"))
    await run.history(graph, thread("i"))


@program(parallel=True)
async def topic_in_between(lib: Any, run: Run) -> None:
    """Two nodes write to a topic; a third gets the list."""
    graph = lib.Pregel(
        nodes={
            "one": lib.NodeBuilder().subscribe_only("input").do(lambda x: x + 1).write_to("inbox"),
            "two": lib.NodeBuilder().subscribe_only("input").do(lambda x: x * 10).write_to("inbox"),
            "sum": lib.NodeBuilder().subscribe_only("inbox").do(sum).write_to("output"),
        },
        channels={**_number(lib, "input", "output"), "inbox": lib.Topic(int)},
        input_channels="input",
        output_channels="output",
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, 2, thread())
    await run.state(graph, thread())
    await run.history(graph, thread())
    await run.invoke(graph, 3, thread())


@program
async def several_inputs(lib: Any, run: Run) -> None:
    """A dict in, a dict out; a node that is triggered by what it does not read."""
    both = lib.NodeBuilder().subscribe_to("a", "b").do(lambda d: sum(d.values())).write_to("c")
    told = lib.NodeBuilder().subscribe_to("c", read=False).read_from("a").do(lambda d: d)
    told.write_to("d", e=7, f=lambda d: d["a"] * 2)
    graph = lib.Pregel(
        nodes={"both": both, "told": told},
        channels=_number(lib, *"abcdef"),
        input_channels=["a", "b"],
        output_channels=["c", "d", "e", "f"],
    )

    await run.invoke(graph, {"a": 1, "b": 2})
    await run.invoke(graph, {"a": 1})
    await run.invoke(graph, {})
    await run.invoke(graph, 3)
    await run.watch(graph, {"a": 1, "b": 2})


@program
async def reducer_across_runs(lib: Any, run: Run) -> None:
    """A reducer keeps its value from run to run; fading channels do not."""
    graph = lib.Pregel(
        nodes={
            "one": lib.NodeBuilder().subscribe_only("a").write_to("b", "total"),
            "two": lib.NodeBuilder().subscribe_only("b").do(lambda x: x * 100).write_to("total"),
        },
        channels={
            "a": lib.EphemeralValue(int),
            "b": lib.EphemeralValue(int),
            "total": lib.BinaryOperatorAggregate(int, operator.add),
        },
        input_channels="a",
        output_channels=["total"],
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, 3, thread())
    await run.invoke(graph, 4, thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def graph_in_a_node(lib: Any, run: Run) -> None:
    """A node runs another hand-built graph, and then a function."""
    graph = lib.Pregel(
        nodes={
            "outer": lib.NodeBuilder()
            .subscribe_only("a")
            .do(_one(lib))
            .do(lambda x: x * 2)
            .write_to("b")
        },
        channels=_number(lib, "a", "b"),
        input_channels="a",
        output_channels="b",
    )

    await run.invoke(graph, 3)
    await run.stream(graph, 3, stream_mode="updates", subgraphs=True)


@program(parallel=True)
async def two_writers(lib: Any, run: Run) -> None:
    """Two nodes cannot both write a last value."""
    write = [lib.NodeBuilder().subscribe_only("a").write_to("b") for _ in "12"]
    graph = lib.Pregel(
        nodes={"one": write[0], "two": write[1]},
        channels={**_number(lib, "a"), "b": lib.AnyValue(int)},
        input_channels="a",
        output_channels="b",
    )

    await run.invoke(graph, 3)


@program
async def a_node_that_fails(lib: Any, run: Run) -> None:
    """Retries, and going on after a failure."""
    tried: list[int] = []

    def unsteady(x: int) -> int:
        tried.append(x)
        if len(tried) % 2:
            raise ValueError("odd")
        return x

    node = lib.NodeBuilder().subscribe_only("input").do(unsteady).write_to("output")
    graph = _one(lib, nodes={"one": node}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, 2, thread())
    await run.state(graph, thread())
    await run.invoke(graph, None, thread())

    node.add_retry_policies(
        lib.RetryPolicy(initial_interval=0.001, jitter=False, retry_on=ValueError)
    )
    graph = _one(lib, nodes={"one": node})
    await run.invoke(graph, 3)
    run.note("tried", tried)


@program
async def tags_and_metadata(lib: Any, run: Run) -> None:
    """What `meta` adds is in the node's config."""

    shown = ("made", "langgraph_node")
    node = lib.NodeBuilder().subscribe_only("input").write_to("output")
    # A lambda: LangGraph gives the config to what is annotated with its own type, or not at all.
    node.do(lambda x, config: [config["tags"], *(config["metadata"][key] for key in shown)])
    graph = _one(lib, nodes={"one": node.meta("t1", "t2", made="by hand")})

    await run.invoke(graph, 1)
    await run.stream(graph, 1, stream_mode="tasks")


@program
async def refused(lib: Any, run: Run) -> None:
    """What cannot be built is refused."""
    node = lib.NodeBuilder().subscribe_only("nope").write_to("output")

    def tried(label: str, make: Any) -> None:
        try:
            make()
        except (AssertionError, TypeError, ValueError) as error:
            run.note(label, f"{type(error).__name__}: {str(error).split(' not in known')[0]}")
        else:
            run.note(label, "made")

    for label, options in {
        "input": {"input_channels": "zz"},
        "output": {"output_channels": "zz"},
        "stream": {"stream_channels": ["zz"]},
        "before": {"interrupt_before_nodes": ["zz"]},
        "after": {"interrupt_after_nodes": ["zz"]},
        "unheard": {"input_channels": "output"},
        "unheard list": {"input_channels": ["output"]},
        "reads": {"nodes": {"one": node}},
        "reserved": {"channels": _number(lib, "input", "output", "__input__")},
    }.items():
        tried(label, lambda options=options: _one(lib, **options))
    make = lib.NodeBuilder
    tried("only after all", lambda: make().subscribe_to("a").subscribe_only("b"))
    tried("all after only", lambda: make().subscribe_only("a").subscribe_to("b"))
    tried("read after only", lambda: make().subscribe_only("a").read_from("b"))


@program
async def batches(lib: Any, run: Run) -> None:
    """Several inputs, results in order, errors in their places."""

    def picky(x: int) -> int:
        if x == 2:
            raise ValueError("two")
        return x

    graph = _one(lib)
    run.note("batch", graph.batch([1, 2, 3]))
    run.note("limited", graph.batch([1, 2, 3], {"max_concurrency": 2}))
    node = lib.NodeBuilder().subscribe_only("input").do(picky).write_to("output")
    graph = _one(lib, nodes={"one": node})
    run.note("errors", [repr(r) for r in graph.batch([1, 2, 3], return_exceptions=True)])


@program
async def drawn(lib: Any, run: Run) -> None:
    """What a node writes leads to who subscribes to it; a graph inside is opened."""

    def node(given: str, to: str, action: Any = lambda x: x) -> Any:
        return lib.NodeBuilder().subscribe_only(given).do(action).write_to(to)

    names = ("input", "left", "right", "output")
    shapes: dict[str, dict[str, Any]] = {
        "one": {"a": node("input", "output")},
        "chain": {"a": node("input", "left"), "b": node("left", "output")},
        "fan": {
            "a": node("input", "left"),
            "b": node("input", "right"),
            "c": lib.NodeBuilder().subscribe_to("left", "right").do(lambda x: x).write_to("output"),
        },
        "circle": {"a": node("input", "left"), "b": node("left", "input")},
        "opened": {"a": node("input", "left", _one(lib)), "b": node("left", "output")},
    }
    for name, nodes in shapes.items():
        graph = lib.Pregel(
            nodes=nodes,
            channels=_number(lib, *names),
            input_channels="input",
            output_channels="output",
        )
        run.note(name, graph.get_graph(xray=True).draw_mermaid())
