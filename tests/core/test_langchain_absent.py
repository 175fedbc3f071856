"""Without LangChain: nothing of it is imported, and what needs it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, TypedDict

import pytest

from anystep.graph import START, MessagesState, StateGraph
from anystep.testing import ScriptedModel


class State(TypedDict):
    """A number."""

    n: int


def graph() -> Any:
    """A graph of one node."""
    builder = StateGraph(State).add_node("a", lambda state: {"n": state["n"] + 1})
    return builder.add_edge(START, "a").compile()


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host on which langchain_core is not installed."""
    monkeypatch.setitem(sys.modules, "langchain_core.runnables.base", None)


NEEDING: dict[str, Any] = {
    "__or__": lambda g: g | str,
    "pipe": lambda g: g.pipe(str),
    "pick": lambda g: g.pick("n"),
    "assign": lambda g: g.assign(m=str),
    "map": lambda g: g.map(),
    "bind": lambda g: g.bind(k=1),
    "with_listeners": lambda g: g.with_listeners(),
    "with_alisteners": lambda g: g.with_alisteners(),
    "with_types": lambda g: g.with_types(),
    "with_retry": lambda g: g.with_retry(),
    "with_fallbacks": lambda g: g.with_fallbacks([]),
    "as_tool": lambda g: g.as_tool(),
    "transform": lambda g: list(g.transform(iter([]))),
    "batch_as_completed": lambda g: list(g.batch_as_completed([])),
    "get_prompts": lambda g: g.get_prompts(),
    "astream_events": lambda g: g.astream_events({"n": 1}, version="v2"),
}


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("name", NEEDING)
def test_what_needs_langchain_says_what_to_install(name: str) -> None:
    """One clear error that names the method and the command."""
    with pytest.raises(ImportError, match=rf"{name}.*pip install langchain-core"):
        NEEDING[name](graph())


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    """A graph does not pretend to have what it has not."""
    with pytest.raises(AttributeError, match="no attribute 'invoque'"):
        graph().invoque  # noqa: B018  # looking it up is the test


ALONE = """
import json, sys
from anystep.graph import START, MessagesState, StateGraph
graph = StateGraph(MessagesState).add_node("a", lambda s: {"messages": "x"}).add_edge(START, "a")
app = graph.compile()
list(app.stream({"messages": "hi"}, {"tags": ["t"]}, stream_mode=["messages", "values"]))
print(json.dumps([m for m in sys.modules if m.startswith("langchain") or "_langchain._" in m]))
"""


def test_a_program_without_langchain_imports_nothing_of_it() -> None:
    """Neither langchain_core, which is installed here, nor what the bridge is made of."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def talking(model: ScriptedModel, **options: Any) -> Any:
    """A graph of one node that asks a model."""
    builder = StateGraph(MessagesState)
    builder.add_node("a", lambda s: {"messages": [model.invoke(s["messages"], **options)]})
    return builder.add_edge(START, "a").compile()


def test_a_scripted_model_streams_its_words() -> None:
    """Word by word, with where they come from, and the whole message not again."""
    app = talking(ScriptedModel(["one two"]))
    config: Any = {"tags": ["t"]}
    told = list(app.stream({"messages": "hi"}, config, stream_mode="messages"))

    assert [message.content for message, _ in told] == ["one", " two"]
    about = told[0][1]
    assert about["langgraph_node"] == "a"
    assert about["ls_model_type"] == "chat"
    assert about["tags"] == ["t"]


def test_a_quiet_scripted_model_is_told_by_its_node() -> None:
    """Tagged nostream it streams nothing; what the node returns is told as always."""
    app = talking(ScriptedModel(["one two"]), config={"tags": ["nostream"]})
    told = list(app.stream({"messages": "hi"}, stream_mode="messages"))

    assert [message.content for message, _ in told] == ["one two"]


async def test_a_scripted_model_streams_to_coroutines() -> None:
    """Its async stream tells each piece once."""
    model = ScriptedModel(["one two three"])

    async def ask(state: Any) -> Any:
        pieces = [piece async for piece in model.astream(state["messages"])]
        return {"messages": [pieces[0] + pieces[1] + pieces[2]]}

    app = StateGraph(MessagesState).add_node("a", ask).add_edge(START, "a").compile()
    events: Any = app.astream({"messages": "hi"}, stream_mode="messages")
    told = [message async for message, _ in events]

    assert [message.content for message in told] == ["one", " two", " three"]
