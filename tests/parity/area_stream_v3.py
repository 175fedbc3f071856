"""Runs that are read: events, projections, subgraphs, transformers, ends of every kind."""
# pyright: basic, reportInvalidTypeForm=false

import asyncio
import functools
from typing import Annotated, Any, TypedDict

from ._kit import Log, says
from ._oracle import Run, program, thread


def _talk(lib: Any) -> Any:
    class Talk(TypedDict):
        xs: Annotated[list[Any], lambda a, b: a + b]
        messages: Annotated[list[Any], lib.add_messages]

    return Talk


def _nested(lib: Any, inner: Any, **options: Any) -> Any:
    """a → b (says something) → s, a graph of two nodes, the second of which is `inner`."""
    schema = _talk(lib)

    def writes(state: Any) -> dict[str, Any]:
        lib.get_stream_writer()({"from": "a"})
        return {"xs": ["a"]}

    def speaks(state: Any) -> dict[str, Any]:
        return {"messages": [lib.AIMessage("hello there", id="m1")]}

    def murmurs(state: Any) -> dict[str, Any]:
        lib.get_stream_writer()("from the subgraph")
        return {"xs": ["ia"], "messages": [lib.AIMessage("sub", id="m2")]}

    below = lib.StateGraph(schema).add_node("ia", murmurs).add_node("ib", inner)
    below.add_edge(lib.START, "ia").add_edge("ia", "ib")
    builder = lib.StateGraph(schema)
    builder.add_node("a", writes).add_node("b", speaks).add_node("s", below.compile())
    builder.add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "s")
    return builder.compile(**options)


def _level(event: Any) -> Any:
    """An event without what the engines may differ in: its time, a message's metadata."""
    params = {k: v for k, v in event["params"].items() if k != "timestamp"}
    if event["method"] == "messages":
        message, metadata = params["data"]
        params["data"] = (message, metadata["langgraph_node"], metadata["langgraph_step"])
    return {**event, "params": params}


async def _open(run: Run, graph: Any, *args: Any, **options: Any) -> Any:
    if run.face == "sync":
        return graph.stream_events(*args, version="v3", **options)
    return await graph.astream_events(*args, version="v3", **options)


async def _all(run: Run, channel: Any) -> list[Any]:
    """Everything a channel, or a run, has."""
    if run.face == "sync":
        return list(channel)
    return [item async for item in channel]


async def _end(run: Run, stream: Any, label: str) -> None:
    """What the run ended with."""
    for name in ("output", "interrupted", "interrupts"):
        try:
            value = getattr(stream, name) if run.face == "sync" else await getattr(stream, name)()
        except Exception as error:  # noqa: BLE001 - any error is an observation
            value = error
        run.note(f"{label} {name}", value)


async def _events(run: Run, graph: Any, *args: Any, **options: Any) -> None:
    stream = await _open(run, graph, *args, **options)
    seen: list[Any] = []
    run.note("extensions", sorted(stream.extensions))
    try:
        if run.face == "sync":
            for event in stream:
                seen.append(_level(event))  # noqa: PERF401 - what came before an error counts
        else:
            async for event in stream:
                seen.append(_level(event))  # noqa: PERF401 - as above
    except Exception as error:  # noqa: BLE001 - any error is an observation
        seen.append(error)
    run.note("events", seen)
    await _end(run, stream, "run")


def _asks(lib: Any) -> Any:
    return lambda state: {"xs": [lib.interrupt({"what": len(state["xs"])})]}


_INPUT: dict[str, Any] = {"xs": ["in"], "messages": []}


@program
async def events(lib: Any, run: Run) -> None:
    """The events of a run with a subgraph, with and without more transformers."""
    graph = _nested(lib, says("ib"), checkpointer=lib.InMemorySaver())
    more = [lib.CustomTransformer, lib.UpdatesTransformer, lib.TasksTransformer]
    more += [lib.CheckpointsTransformer]

    await _events(run, graph, _INPUT, thread("1"))
    for count in range(1, 5):
        await _events(run, graph, _INPUT, thread(f"m{count}"), transformers=more[:count])
    await _events(run, graph, _INPUT, thread("alone"), transformers=[lib.DebugTransformer])


@program
async def stops_and_goes_on(lib: Any, run: Run) -> None:
    """A run that asks in a subgraph, and the run that answers."""
    graph = _nested(lib, _asks(lib), checkpointer=lib.InMemorySaver())

    await _events(run, graph, _INPUT, thread())
    await _events(run, graph, lib.Command(resume="yes"), thread())
    await _events(run, graph, _INPUT, thread("b"), interrupt_before=["b"])
    await _events(run, graph, None, thread("b"), interrupt_after="*")


@program
async def fails(lib: Any, run: Run) -> None:
    """An error ends every projection and the output with itself."""

    def breaks(state: Any) -> None:
        raise ValueError("boom")

    graph = _nested(lib, breaks)
    await _events(run, graph, _INPUT)
    for name in ("values", "lifecycle", "messages", "subgraphs"):
        stream = await _open(run, graph, _INPUT)
        try:
            await _all(run, getattr(stream, name))
        except Exception as error:  # noqa: BLE001 - any error is an observation
            run.note(name, error)
    await _events(run, graph, _INPUT, {"recursion_limit": 2})


@program
async def projections(lib: Any, run: Run) -> None:
    """Each projection alone."""
    graph = _nested(lib, _asks(lib), checkpointer=lib.InMemorySaver())
    more = [
        lib.CustomTransformer,
        lib.UpdatesTransformer,
        lib.TasksTransformer,
        lib.CheckpointsTransformer,
    ]
    for name in ("values", "lifecycle", "custom", "updates", "tasks", "checkpoints"):
        stream = await _open(run, graph, _INPUT, thread(name), transformers=more)
        run.note(name, await _all(run, getattr(stream, name)))
        await _end(run, stream, name)


@program
async def subgraphs(lib: Any, run: Run) -> None:
    """A subgraph is a run of its own, and reading it goes on with the whole."""

    def deeper(lib: Any) -> Any:
        schema = _talk(lib)
        return lib.StateGraph(schema).add_node("d", _asks(lib)).set_entry_point("d").compile()

    for inner in (says("ib"), _asks(lib), deeper(lib)):
        graph = _nested(lib, inner, checkpointer=lib.InMemorySaver())
        for name in ("values", "custom", "updates", "lifecycle", "subgraphs"):
            stream = await _open(
                run,
                graph,
                _INPUT,
                thread(name),
                transformers=[lib.CustomTransformer, lib.UpdatesTransformer],
            )

            async def look(sub: Any, name: str = name) -> None:
                run.note("began", (sub.path, sub.graph_name, sub.trigger_call_id, sub.status))
                found = await _all(run, getattr(sub, name))
                run.note(name, [s.graph_name for s in found] if name == "subgraphs" else found)
                run.note("ended", (sub.status, sub.error))
                await _end(run, sub, "subgraph")

            if run.face == "sync":
                for sub in stream.subgraphs:
                    coroutine = look(sub)
                    try:
                        coroutine.send(None)
                    except StopIteration:
                        pass
            else:
                async for sub in stream.subgraphs:
                    await look(sub)
            await _end(run, stream, "whole")


@program
async def messages(lib: Any, run: Run) -> None:
    """Messages that nodes return: text, events and the message itself."""

    def speaks(state: Any) -> dict[str, Any]:
        call = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
        return {
            "messages": [
                lib.HumanMessage("mine", id="h1"),
                lib.AIMessage("calls", id="m1", tool_calls=[call]),
                lib.ToolMessage("3", tool_call_id="c1", id="t1"),
                lib.AIMessage(
                    [
                        {"type": "reasoning", "reasoning": "hm"},
                        {"type": "text", "text": "one "},
                        {"type": "text", "text": "two"},
                    ],
                    id="m2",
                    response_metadata={"model_name": "x", "model_provider": "y", "done": True},
                    usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
                ),
                lib.SystemMessage("be kind", id="s1"),
            ]
        }

    builder = lib.StateGraph(lib.MessagesState).add_node("a", speaks).set_entry_point("a")
    stream = await _open(run, builder.compile(), {"messages": [lib.HumanMessage("hi", id="0")]})
    seen: list[Any] = []
    if run.face == "sync":
        for one in stream.messages:
            text, output = str(one.text), one.output
            seen.append((list(one.text), list(one.reasoning), text, one.tool_calls.get()))
            seen.append((list(one), output, one.node, one.namespace, one.message_id, one.done))
    else:
        async for one in stream.messages:
            text, output = await one.text, await one.output
            seen.append(([p async for p in one.text], [p async for p in one.reasoning], text))
            seen.append((await one.tool_calls, [e async for e in one], output, await one))
    run.note("messages", seen)


def _read_together(stream: Any, names: tuple[str, ...]) -> list[Any]:
    return list(stream.interleave(*names))


@program(faces=("sync",))
async def interleaved(lib: Any, run: Run) -> None:
    """Several projections in the order in which things came; channels can be read on."""
    graph = _nested(lib, _asks(lib), checkpointer=lib.InMemorySaver())
    stream = await _open(run, graph, _INPUT, thread(), transformers=[lib.CustomTransformer])

    seen: list[Any] = []
    for name, item in stream.interleave("values", "custom", "lifecycle", "messages"):
        seen.append((name, str(item.text) if name == "messages" else item))
        if len(seen) == 3:
            break
    run.note("began", seen)
    run.note("went on", list(stream.values))
    for names in (("nothing",), ("values", "values"), ("values", "custom")):
        run.attempt("refused", functools.partial(_read_together, stream, names))


@program(faces=("async",))
async def readers_at_once(lib: Any, run: Run) -> None:
    """Several tasks read several projections of one run."""
    graph = _nested(lib, says("ib"))
    stream = await _open(run, graph, _INPUT, transformers=[lib.UpdatesTransformer])

    names = ("values", "lifecycle", "updates")
    found = await asyncio.gather(*(_all(run, getattr(stream, name)) for name in names))
    run.note("together", dict(zip(names, found, strict=True)))
    await _end(run, stream, "run")


@program
async def tee(lib: Any, run: Run) -> None:
    """A channel has one reader; tees have several."""
    graph = _nested(lib, says("ib"))
    stream = await _open(run, graph, _INPUT)
    if run.face == "sync":
        first, second = stream.values.tee()
        run.note("first", next(first))
        run.note("both", (list(second), list(first)))
    else:
        first, second = stream.values.atee()
        run.note("first", await anext(first))
        run.note("both", ([v async for v in second], [v async for v in first]))
    for action in (stream.values.tee, lambda: stream.values.tee(0)):
        try:
            action()
        except Exception as error:  # noqa: BLE001 - any error is an observation
            run.note("refused", type(error).__name__)


@program
async def left_early(lib: Any, run: Run) -> None:
    """A run that is left: what was read, what the thread has, that leaving twice is fine."""
    graph = _nested(lib, says("ib"), checkpointer=lib.InMemorySaver())
    stream = await _open(run, graph, _INPUT, thread())
    if run.face == "sync":
        with stream as opened:
            run.note("read", next(iter(opened.values)))
        stream.abort()
        run.note("rest", list(stream.lifecycle))
    else:
        async with stream as opened:
            run.note("read", await anext(aiter(opened.values)))
        await stream.abort()
        run.note("rest", [x async for x in stream.lifecycle])
    await _end(run, stream, "left")


class _Tools:
    """Transformers written for either engine."""

    def __init__(self, lib: Any) -> None:
        class Counts(lib.StreamTransformer):  # type: ignore[misc]
            required_stream_modes = ("updates",)

            def init(self) -> dict[str, Any]:
                self.seen = 0
                self.channel = lib.StreamChannel("counted")
                self.quiet = lib.StreamChannel()
                return {"counted": self.channel, "quiet": self.quiet, "box": [self.scope]}

            def process(self, event: Any) -> bool:
                if event["method"] != "updates":
                    return True
                self.seen += 1
                self.channel.push((self.seen, sorted(event["params"]["data"])))
                self.quiet.push(self.seen)
                return False

        class Shouts(lib.StreamTransformer):  # type: ignore[misc]
            before_builtins = True

            def init(self) -> dict[str, Any]:
                return {}

            def process(self, event: Any) -> bool:
                if event["method"] == "custom":
                    event["params"]["data"] = str(event["params"]["data"]).upper()
                return True

        class Own(lib.StreamTransformer):  # type: ignore[misc]
            _native = True

            def init(self) -> dict[str, Any]:
                self.channel = lib.StreamChannel("own")
                return {"own": self.channel}

            def process(self, event: Any) -> bool:
                if event["method"] == "values":
                    self.channel.push(len(event["params"]["data"]))
                return True

            def finalize(self) -> None:
                self.channel.push("over")

            def fail(self, err: BaseException) -> None:
                self.channel.push(f"failed: {err}")

        class Slow(lib.StreamTransformer):  # type: ignore[misc]
            def init(self) -> dict[str, Any]:
                self.channel = lib.StreamChannel()
                return {"slow": self.channel}

            async def aprocess(self, event: Any) -> bool:
                if event["method"] == "values":
                    self.schedule(self.later(len(event["params"]["data"]["xs"])))
                return True

            async def later(self, count: int) -> None:
                self.channel.push(count)

        self.counts, self.shouts, self.own, self.slow = Counts, Shouts, Own, Slow


@program
async def own_transformers(lib: Any, run: Run) -> None:
    """Transformers of the program's: names, methods, order, ends; bound to the graph or not."""
    tools = _Tools(lib)
    graph = _nested(lib, says("ib"), transformers=[tools.own])
    more = [lib.CustomTransformer, tools.counts, tools.shouts]

    await _events(run, graph, _INPUT)
    await _events(run, graph, _INPUT, transformers=more)
    for name in ("counted", "quiet", "own", "custom"):
        stream = await _open(run, graph, _INPUT, transformers=more)
        run.note(name, await _all(run, stream.extensions[name]))
        run.note("native", [hasattr(stream, n) for n in ("counted", "own", "custom", "updates")])
        run.note("box", stream.extensions["box"])


@program
async def refused(lib: Any, run: Run) -> None:
    """What is no transformer, two of one name, options that are not the caller's."""
    tools = _Tools(lib)
    graph = _nested(lib, says("ib"))

    async def attempt(**options: Any) -> None:
        try:
            await _open(run, graph, _INPUT, **options)
        except Exception as error:  # noqa: BLE001 - any error is an observation
            run.note(str(sorted(options)), type(error).__name__)
        else:
            run.note(str(sorted(options)), "accepted")

    await attempt(transformers=[tools.counts()])
    await attempt(transformers=["counts"])
    await attempt(transformers=[tools.counts, tools.counts])
    await attempt(transformers=[tools.slow])
    await attempt(stream_mode="values")
    await attempt(subgraphs=False)
    stream = await _open(run, graph, _INPUT)
    for name in ("updates", "nothing"):
        try:
            getattr(stream, name)
        except AttributeError as error:
            run.note(name, error)


@program(faces=("async",))
async def scheduled(lib: Any, run: Run) -> None:
    """What a transformer schedules has been done when the run is over."""
    graph = _nested(lib, says("ib"))
    stream = await _open(run, graph, _INPUT, transformers=[_Tools(lib).slow])

    run.note("slow", await _all(run, stream.extensions["slow"]))


@program
async def inside_a_node(lib: Any, run: Run) -> None:
    """A run read inside a node shows its own values, and counts from one."""
    seen: list[Any] = []
    inner = _nested(lib, says("ib"))

    def reads(state: Any) -> dict[str, Any]:
        with inner.stream_events(_INPUT, version="v3") as stream:
            seen.append([v["xs"] for v in stream.values])
            seen.append(stream.output["xs"])
        return {"xs": ["read"]}

    async def areads(state: Any) -> dict[str, Any]:
        async with await inner.astream_events(_INPUT, version="v3") as stream:
            seen.append([v["xs"] async for v in stream.values])
            seen.append((await stream.output())["xs"])
        return {"xs": ["read"]}

    node = reads if run.face == "sync" else areads
    graph = lib.StateGraph(Log).add_node("a", node).set_entry_point("a").compile()
    await run.invoke(graph, {"xs": []})
    run.note("read inside", seen)
    if run.face == "sync":  # langgraph's async runs do not show a subgraph's subgraph here
        await run.stream(graph, {"xs": []}, stream_mode="updates", subgraphs=True)
