"""Pieces of a user interface."""
# pyright: basic, reportInvalidTypeForm=false

from typing import Annotated, Any, TypedDict

from ._oracle import Run, program


@program
async def pushed_and_removed(lib: Any, run: Run) -> None:
    """Components in the stream and in the state: new, merged, replaced, removed, refused."""

    class State(TypedDict):
        ui: Annotated[list[Any], lib.ui_message_reducer]

    def first(state: Any) -> dict[str, Any] | None:
        lib.push_ui_message("a", {"x": 1}, id="1", metadata={"k": "v"}, message={"id": "m"})
        lib.push_ui_message("b", {"x": 1}, id="2", message=lib.AIMessage("hi", id="m2"))
        return None

    def second(state: Any) -> dict[str, Any]:
        lib.push_ui_message("a", {"y": 1}, id="1", merge=True)
        lib.push_ui_message("b", {"y": 1}, id="2")
        lib.push_ui_message("c", {}, id="3", state_key=None)
        return {"ui": {"type": "ui", "id": "4", "name": "own", "props": {}, "metadata": {}}}

    def third(state: Any) -> None:
        lib.delete_ui_message("2")

    def fourth(state: Any) -> None:
        lib.delete_ui_message("nowhere")

    builder = lib.StateGraph(State)
    previous = lib.START
    for name, node in {"f": first, "s": second, "t": third, "u": fourth}.items():
        builder.add_node(name, node).add_edge(previous, name)
        previous = name
        if name != "u":
            graph = builder.compile()
            modes = ["custom", "values", "updates"]
            await run.stream(graph, {"ui": []}, {"tags": ["t"]}, stream_mode=modes)
    await run.invoke(builder.compile(), {"ui": []})


@program(faces=("sync",))
async def reduced(lib: Any, run: Run) -> None:
    """The reducer by itself: one or several, on either side."""

    def ui(key: str, merge: bool = False, **props: Any) -> dict[str, Any]:
        metadata = {"merge": merge}
        return {"type": "ui", "id": key, "name": "n", "props": props, "metadata": metadata}

    def gone(key: str) -> dict[str, Any]:
        return {"type": "remove-ui", "id": key}

    for left, right in (
        (ui("1"), ui("2")),
        ([ui("1", x=1)], [ui("1", y=1)]),
        ([ui("1", x=1)], [ui("1", merge=True, y=1)]),
        ([ui("1")], [gone("1"), ui("1", z=1)]),
        ([ui("1")], [ui("1", z=1), gone("1")]),
        ([], [ui("1"), gone("1")]),
        ([], gone("1")),
        ([], []),
    ):
        run.attempt("reduced", lambda a=left, b=right: lib.ui_message_reducer(a, b))  # type: ignore[misc]
