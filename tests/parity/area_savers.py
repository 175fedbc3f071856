"""Savers that a program makes out of the in-memory one: what it overrides is called."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Any

from ._kit import Log, Words, chain, counts, says
from ._oracle import Run, program, thread


def _spy(lib: Any, calls: list[Any]) -> Any:
    """A saver that writes down how it is used."""

    class Spy(lib.InMemorySaver):  # type: ignore[misc]
        def put(self, config: Any, checkpoint: Any, metadata: Any, versions: Any) -> Any:
            where = config["configurable"]
            keys = sorted(key for key in where if not key.startswith("__"))
            calls.append(("put", keys, metadata["source"], metadata["step"]))
            calls.append((sorted(checkpoint["channel_values"]), sorted(versions)))
            return super().put(config, checkpoint, metadata, versions)

        def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
            calls.append(("put_writes", [name for name, _ in writes], task_path))
            super().put_writes(config, writes, task_id, task_path)

        async def aput(self, *args: Any) -> Any:
            calls.append("aput")
            return await super().aput(*args)

        async def aput_writes(self, *args: Any) -> None:
            calls.append("aput_writes")
            await super().aput_writes(*args)

    return Spy()


@program
async def overridden_methods_are_called(lib: Any, run: Run) -> None:
    """Checkpoints and writes go through what a subclass overrides, whole."""
    calls: list[Any] = []
    saver = _spy(lib, calls)
    graph = chain(lib, Log, {"a": says("a"), "b": counts}, checkpointer=saver)

    await run.invoke(graph, {"xs": ["in"], "n": 1}, thread())
    run.note("calls", calls)
    await run.history(graph, thread())
    calls.clear()
    await run.update(graph, thread(), {"n": 7})
    run.note("calls", [call for call in calls if call[0] == "put"])
    await run.state(graph, thread())


@program(parallel=True)
async def a_question_through_a_subclass(lib: Any, run: Run) -> None:
    """Interrupts and Sends are stored and found again."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt(state["i"])]}

    builder = lib.StateGraph(Words).add_node("a", says("a")).add_node("w", asks)
    builder.add_edge(lib.START, "a")
    builder.add_conditional_edges("a", lambda s: [lib.Send("w", {"i": i}) for i in (0, 1)])
    graph = builder.compile(checkpointer=_spy(lib, []))

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    answers = {one.id: f"answer {one.value}" for one in state.interrupts}
    await run.invoke(graph, lib.Command(resume=answers), thread())
    await run.history(graph, thread())


@program
async def a_saver_that_fails(lib: Any, run: Run) -> None:
    """What an overridden method raises ends the run."""

    class FailsToPut(lib.InMemorySaver):  # type: ignore[misc]
        def put(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty put")

        async def aput(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty aput")

    class FailsToWrite(lib.InMemorySaver):  # type: ignore[misc]
        def put_writes(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty put_writes")

        async def aput_writes(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty aput_writes")

    class FailsToGet(lib.InMemorySaver):  # type: ignore[misc]
        def get_tuple(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty get")

        async def aget_tuple(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("Faulty aget")

    for kind in (FailsToPut, FailsToWrite, FailsToGet):
        for durability in ("sync", "exit"):
            graph = chain(lib, Log, {"a": says("a"), "b": counts}, checkpointer=kind())
            await run.invoke(graph, {"xs": [], "n": 1}, thread(), durability=durability)


@program
async def as_context_managers(lib: Any, run: Run) -> None:
    """`with` and `async with` give the saver itself, which still works afterwards."""
    saver = lib.InMemorySaver()
    with saver as entered:
        run.note("with", entered is saver)
    async with saver as entered:
        run.note("async with", entered is saver)
    graph = chain(lib, Log, {"a": says("a")}, checkpointer=saver)
    await run.invoke(graph, {"xs": [], "n": 1}, thread())
    run.note("threads", sorted(saver.storage))
    run.note("spaces", {key: sorted(spaces) for key, spaces in saver.storage.items()})
    run.note("checkpoints", {key: len(spaces[""]) for key, spaces in saver.storage.items()})
