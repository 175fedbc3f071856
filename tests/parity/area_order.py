"""In which order callers are told of tasks that run side by side."""
# pyright: basic

import threading
from typing import Any

from ._kit import Words
from ._oracle import Run, program


@program(as_is=True)
async def told_as_they_finish(lib: Any, run: Run) -> None:
    """A task that has finished is shown while another one of its superstep still runs."""
    for mode in ("updates", "tasks"):
        seen = threading.Event()

        def waits(state: Any, seen: threading.Event = seen) -> dict[str, Any]:
            return {"xs": ["seen" if seen.wait(10) else "late"]}

        builder = lib.StateGraph(Words)
        builder.add_node("a", waits).add_node("b", lambda s: {"xs": ["b"]})
        builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
        told = []
        for event in builder.compile().stream({"xs": []}, stream_mode=mode):
            told.append({k: v for k, v in event.items() if k != "id"})
            if "b" in event or "result" in event:
                seen.set()
        run.note(mode, told)


@program(as_is=True)
async def first_failure(lib: Any, run: Run) -> None:
    """Of several failures the first is raised, whichever node came first."""
    failed = threading.Event()

    def slow(state: Any) -> Any:
        failed.wait(10)
        raise ValueError("slow")

    def fast(state: Any) -> Any:
        try:
            raise ValueError("fast")
        finally:
            threading.Timer(0.05, failed.set).start()

    builder = lib.StateGraph(Words)
    builder.add_node("a", slow).add_node("b", fast)
    builder.add_edge(lib.START, "a").add_edge(lib.START, "b")
    run.attempt("invoke", lambda: builder.compile().invoke({"xs": []}))
