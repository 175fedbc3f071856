"""What callbacks, event streams and the `messages` stream are told of agents."""
# pyright: basic, reportCallIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false
# mypy: disable-error-code="arg-type, call-arg, misc, untyped-decorator"

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler

from ._chat import StreamingToolModel, ToolModel, calls
from ._oracle import Run, program
from .area_agents import add, hello


class Tree(BaseCallbackHandler):
    """What runs, what it is called, what runs it, and its tags."""

    def __init__(self) -> None:
        self.names: dict[Any, Any] = {}
        self.told: list[Any] = []

    def _note(self, kind: str, run_id: Any, parent_run_id: Any, tags: Any, name: Any) -> None:
        self.names[run_id] = name
        self.told.append((kind, name, self.names.get(parent_run_id), tags))

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: Any,
        parent_run_id: Any = None,
        tags: Any = None,
        metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        """Note a chain."""
        self._note("chain", run_id, parent_run_id, tags, kwargs.get("name"))

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: Any,
        parent_run_id: Any = None,
        tags: Any = None,
        metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        """Note a model."""
        self._note("model", run_id, parent_run_id, tags, kwargs.get("name"))

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: Any,
        parent_run_id: Any = None,
        tags: Any = None,
        metadata: Any = None,
        inputs: Any = None,
        **kwargs: Any,
    ) -> None:
        """Note a tool."""
        self._note("tool", run_id, parent_run_id, tags, kwargs.get("name"))


def _nothing(state: Any) -> Any:
    return {}


def _prompt(state: Any) -> Any:
    return state["messages"]


@program
async def callbacks(lib: Any, run: Run) -> None:
    """The node, what it calls, the prompt, the model, the tools: each under what runs it."""
    for options in (
        {},
        {"prompt": "P", "version": "v1"},
        {"prompt": _prompt},
        {"response_format": dict, "pre_model_hook": _nothing, "post_model_hook": _nothing},
    ):
        tree = Tree()
        model = ToolModel(calls(("add", {"a": 1, "b": 2})), "three", structured={"a": 1})
        agent = lib.create_react_agent(model, [add], name="bob", **options)
        await run.invoke(agent, hello(), {"callbacks": [tree]})
        run.note("told", tree.told)


@program
async def tokens(lib: Any, run: Run) -> None:
    """What models say is streamed, piece by piece where they can, with where it was said."""
    for kind in (ToolModel, StreamingToolModel):
        for mode in ("messages", ["messages", "updates"]):
            model = kind(calls(("add", {"a": 1, "b": 2})), "one two three")
            agent = lib.create_react_agent(model, [add], name="bob", prompt="P")
            await run.stream(agent, hello(), stream_mode=mode)


@program(faces=("async",))
async def events(lib: Any, run: Run) -> None:
    """`astream_events` shows agents and tool nodes."""
    model = ToolModel(calls(("add", {"a": 1, "b": 2})), "three")
    agent = lib.create_react_agent(model, [add], name="bob")
    seen = [
        (event["event"], event["name"], event.get("tags"))
        async for event in agent.astream_events(hello(), version="v2")
    ]
    run.note("events", seen)
    validation = lib.ValidationNode([add])
    builder = lib.StateGraph(lib.MessagesState).add_node(validation)
    graph = builder.add_edge(lib.START, "validation").compile()
    given = {"messages": [calls(("add", {"a": 1, "b": 2}))]}
    shown = [e["event"] async for e in graph.astream_events(given, version="v2")]
    run.note("validated", shown)
