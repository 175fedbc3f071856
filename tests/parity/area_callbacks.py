"""What lifecycle callbacks are told, and when."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Any

from ._kit import Number, Words, says
from ._oracle import Run, program, thread


def _thread(name: str = "t") -> dict[str, Any]:
    config = thread(name)
    assert config is not None
    return config


def _watch(lib: Any, seen: list[Any], name: str = "w", coroutine: bool = False) -> Any:
    """A handler that keeps what it is told, but for the ids."""

    def keep(kind: str, event: Any) -> None:
        asked = [one.value for one in getattr(event, "interrupts", ())]
        space = [part.split(":")[0] for part in event.checkpoint_ns]
        ids = (type(event.run_id).__name__, len(event.checkpoint_id))
        seen.append((name, kind, event.status, space, asked, ids))

    class Watch(lib.GraphCallbackHandler):  # type: ignore[misc]
        def on_interrupt(self, event: Any) -> None:
            keep("interrupt", event)

        def on_resume(self, event: Any) -> None:
            keep("resume", event)

    class Awaits(lib.GraphCallbackHandler):  # type: ignore[misc]
        async def on_interrupt(self, event: Any) -> None:
            keep("interrupt", event)

        async def on_resume(self, event: Any) -> None:
            keep("resume", event)

    return Awaits() if coroutine else Watch()


def _nested(lib: Any, **options: Any) -> Any:
    def asks(state: Any) -> dict[str, Any]:
        return {"n": lib.interrupt("n?")}

    below = lib.StateGraph(Number).add_node("i", asks).set_entry_point("i").compile()
    builder = lib.StateGraph(Number).add_node("p", lambda s: {"n": 0}).add_node("s", below)
    return builder.add_edge(lib.START, "p").add_edge("p", "s").compile(**options)


@program
async def stops_and_goes(lib: Any, run: Run) -> None:
    """Breakpoints and questions, of the run and of a subgraph, and going on."""
    graph = _nested(lib, checkpointer=lib.InMemorySaver())
    seen: list[Any] = []
    config: Any = {**_thread(), "callbacks": [_watch(lib, seen)]}

    await run.invoke(graph, {"n": 1}, config, interrupt_before=["s"])
    await run.invoke(graph, None, config)
    await run.invoke(graph, None, config)
    await run.invoke(graph, lib.Command(resume=3), config, interrupt_after="*")
    await run.invoke(graph, None, config)
    await run.invoke(graph, {"n": 5}, config)
    run.note("told", seen)


@program
async def order_in_a_stream(lib: Any, run: Run) -> None:
    """Callbacks are told between the events of the stream, where the run stops."""
    graph = _nested(lib, checkpointer=lib.InMemorySaver())
    for mode in ("values", "updates"):
        seen: list[Any] = []
        config: Any = {**_thread(mode), "callbacks": [_watch(lib, seen)]}
        for given in ({"n": 1}, None, lib.Command(resume=1)):
            if run.face == "sync":
                for event in graph.stream(given, config, stream_mode=mode, interrupt_before="*"):
                    seen.append(event)  # noqa: PERF402 - handlers append, too, in between
            else:
                events = graph.astream(given, config, stream_mode=mode, interrupt_before="*")
                async for event in events:
                    seen.append(event)  # noqa: PERF401 - as above
        run.note(mode, seen)


@program
async def without_a_saver(lib: Any, run: Run) -> None:
    """A run that stops without a saver tells so, too."""

    def asks(state: Any) -> dict[str, Any]:
        return {"n": lib.interrupt("n?")}

    graph = lib.StateGraph(Number).add_node("i", asks).set_entry_point("i").compile()
    seen: list[Any] = []
    await run.invoke(graph, {"n": 1}, {"callbacks": [_watch(lib, seen)]})
    run.note("told", seen)


@program
async def several_handlers(lib: Any, run: Run) -> None:
    """Handlers in order; bound ones and the call's; coroutine functions; others passed over."""
    graph = _nested(lib, checkpointer=lib.InMemorySaver())
    seen: list[Any] = []
    first, second = _watch(lib, seen, "first"), _watch(lib, seen, "second", coroutine=True)
    bound = graph.with_config(callbacks=[first])

    await run.invoke(bound, {"n": 1}, {**_thread(), "callbacks": [second]})
    run.note("told", sorted(seen))


@program
async def a_handler_fails(lib: Any, run: Run) -> None:
    """An error of a handler is passed over, unless the handler wants it raised."""

    class Fails(lib.GraphCallbackHandler):  # type: ignore[misc]
        def on_interrupt(self, event: Any) -> None:
            raise ValueError("bad handler")

        def on_resume(self, event: Any) -> None:
            raise KeyError("bad")

    class Insists(Fails):
        raise_error = True

    for kind in (Fails, Insists):
        graph = _nested(lib, checkpointer=lib.InMemorySaver())
        config: Any = {**_thread(), "callbacks": [kind()]}
        await run.invoke(graph, {"n": 1}, config)
        await run.invoke(graph, lib.Command(resume=1), config)
        await run.state(graph, thread())


@program
async def nothing_to_tell(lib: Any, run: Run) -> None:
    """A run that ends, or fails, tells nothing; nor does a new input."""

    def breaks(state: Any) -> None:
        raise ValueError("boom")

    for node in (says("a"), breaks):
        graph = lib.StateGraph(Words).add_node("a", node).set_entry_point("a")
        graph = graph.compile(checkpointer=lib.InMemorySaver())
        seen: list[Any] = []
        config: Any = {**_thread(), "callbacks": [_watch(lib, seen)]}
        await run.invoke(graph, {"xs": []}, config)
        await run.invoke(graph, {"xs": []}, config)
        await run.invoke(graph, None, config)
        run.note("told", seen)
