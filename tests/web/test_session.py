"""The Python end of the worker protocol, driven as the worker drives it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from typing import Any

import pytest

from anystep.web._session import Session

pytestmark = pytest.mark.host

SOURCE = """
from typing import TypedDict

from anystep.graph import END, START, StateGraph
from anystep.types import interrupt


class State(TypedDict, total=False):
    text: str
    words: int
    answer: str


def count(state):
    return {"words": len(state["text"].split())}


def ask(state):
    return {"answer": interrupt({"question": "go on?", "words": state["words"]})}


def build(saver):
    graph = StateGraph(State)
    graph.add_node("count", count)
    graph.add_node("ask", ask)
    graph.add_edge(START, "count")
    graph.add_edge("count", "ask")
    graph.add_edge("ask", END)
    return graph.compile(checkpointer=saver)


plain = StateGraph(State)
plain.add_node("count", count)
plain.add_edge(START, "count")


def double(value):
    return value * 2


def steady():
    from itertools import count

    from anystep.host import Host

    ticks = count(1_700_000_000_000_000_000, 1_000_000)
    return Host(
        now_ns=lambda: next(ticks),
        monotonic=lambda: next(ticks) / 1e9,
        random_bytes=lambda n: bytes(n),
        sleep=lambda seconds: None,
        threads=False,
    )


async def later(value):
    return {"later": value}
"""


#: Two nodes of one step that write one channel.
CLASH = """

def build(saver):
    graph = StateGraph(State)
    for name in ("one", "two"):
        graph.add_node(name, count)
        graph.add_edge(START, name)
    return graph.compile(checkpointer=saver)
"""


class Page:
    """The worker's side: asks, and raises what is answered as an error."""

    def __init__(self) -> None:
        self.session = Session()

    async def ask(self, op: str, **argument: Any) -> Any:
        """The value of one answer."""
        answer = json.loads(await self.session.handle(op, json.dumps(argument)))
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    async def error(self, op: str, **argument: Any) -> dict[str, Any]:
        """The error of one answer."""
        answer = json.loads(await self.session.handle(op, json.dumps(argument)))
        error: dict[str, Any] = answer["error"]
        return error

    async def events(self, **argument: Any) -> list[dict[str, Any]]:
        """All events of a run of the graph ``g``, thread ``1``."""
        stream = await self.ask("stream", graph="g", thread="1", **argument)
        events: list[dict[str, Any]] = []
        while not (event := await self.ask("next", stream=stream)).get("done"):
            events.append(event)
        return events


@pytest.fixture
def page() -> Page:
    """A page."""
    return Page()


async def loaded(page: Page, **argument: Any) -> Any:
    """Load the source as ``g``."""
    return await page.ask("load", name="g", source=SOURCE, **argument)


async def test_loading_answers_with_the_drawing(page: Page) -> None:
    """Nodes and edges, enough to draw the graph."""
    drawing = (await loaded(page))["drawing"]

    assert [node["id"] for node in drawing["nodes"]] == ["__start__", "count", "ask", "__end__"]
    assert {"source": "count", "target": "ask", "label": None, "conditional": False} in drawing[
        "edges"
    ]


async def test_a_run_is_pulled_event_by_event(page: Page) -> None:
    """Updates and values come as LangGraph's streams have them, up to the interrupt."""
    await loaded(page)

    events = await page.events(input={"text": "a b c"})

    assert [event["mode"] for event in events[:3]] == ["values", "updates", "values"]
    assert events[1]["data"] == {"count": {"words": 3}}
    assert events[2]["data"] == {"text": "a b c", "words": 3}
    (paused,) = [e for e in events if e["mode"] == "updates" and "__interrupt__" in e["data"]]
    (asked,) = paused["data"]["__interrupt__"]
    assert asked["value"] == {"question": "go on?", "words": 3}


async def test_an_answer_resumes_the_thread(page: Page) -> None:
    """After an interrupt the state names what comes next; the answer finishes the run."""
    await loaded(page)
    await page.events(input={"text": "a b"})
    waiting = await page.ask("state", graph="g", thread="1")

    events = await page.events(resume="yes")
    done = await page.ask("state", graph="g", thread="1")

    assert waiting["next"] == ["ask"]
    assert [item["value"]["question"] for item in waiting["interrupts"]] == ["go on?"]
    assert {"mode": "updates", "data": {"ask": {"answer": "yes"}}, "ns": []} in events
    assert done["next"] == []
    assert done["values"] == {"text": "a b", "words": 2, "answer": "yes"}


async def test_modes_can_be_chosen(page: Page) -> None:
    """A page that shows state only asks for values only."""
    await loaded(page, attribute="plain")

    events = await page.events(input={"text": "a"}, modes=["values"])

    assert [event["data"] for event in events] == [{"text": "a"}, {"text": "a", "words": 1}]


async def test_a_closed_stream_is_gone(page: Page) -> None:
    """Abandoning a run ends it; closing twice does no harm, pulling again is an error."""
    await loaded(page)
    stream = await page.ask("stream", graph="g", thread="1", input={"text": "a"})
    await page.ask("next", stream=stream)

    await page.ask("close", stream=stream)
    await page.ask("close", stream=stream)
    error = await page.error("next", stream=stream)

    assert error["message"] == f"stream {stream} has ended or was closed"


async def test_a_graph_runs_on_the_host_its_source_names(page: Page) -> None:
    """With a clock and entropy of its own a run can be repeated to the byte."""
    archives: list[str] = []
    for _ in range(2):
        await loaded(page, host="steady")
        await page.events(input={"text": "a b"})
        await page.events(resume="yes")
        archives.append((await page.ask("export", graph="g", thread="1"))["sha256"])

    assert archives[0] == archives[1]


async def test_an_exported_thread_names_its_digest(page: Page) -> None:
    """The archive and its SHA-256 belong together."""
    await loaded(page)
    await page.events(input={"text": "a"})

    exported = await page.ask("export", graph="g", thread="1")

    archive = b64decode(exported["archive"])
    assert archive
    assert hashlib.sha256(archive).hexdigest() == exported["sha256"]


async def test_functions_of_a_module_can_be_called(page: Page) -> None:
    """Plain and coroutine functions, with one JSON value."""
    await page.ask("module", name="m", source=SOURCE)

    assert await page.ask("call", module="m", function="double", argument=4) == 8
    assert await page.ask("call", module="m", function="later", argument=[1]) == {"later": [1]}


async def test_errors_arrive_with_type_message_and_traceback(page: Page) -> None:
    """The page sees the lines of its own source, not ours."""
    source = "def build(saver):\n    return {}['missing']\n"

    error = await page.error("load", name="wrong", source=source)

    assert (error["type"], error["module"], error["code"]) == ("KeyError", "builtins", None)
    assert error["message"] == "'missing'"
    assert "return {}['missing']" in error["traceback"]
    assert "_session.py" not in error["traceback"]


async def test_a_traceback_begins_with_the_program(page: Page) -> None:
    """How the engine came to call a node tells its author nothing."""
    source = SOURCE.replace('return {"', 'return 1 / 0, {"', 1)
    await page.ask("load", name="g", source=source)
    stream = await page.ask("stream", graph="g", thread="1", input={"text": "a"})

    error: dict[str, Any] = {}
    while not error:
        answer = json.loads(await page.session.handle("next", json.dumps({"stream": stream})))
        error = answer.get("error", {})
    first, second, third, *_ = error["traceback"].splitlines()

    assert first == "Traceback (most recent call last):"
    assert second.startswith('  File "g.py", line ')
    assert "1 / 0" in third


async def test_errors_of_the_engine_keep_their_code(page: Page) -> None:
    """What anystep raises can be told apart without reading its text."""
    await page.ask("load", name="g", source=SOURCE + CLASH)
    stream = await page.ask("stream", graph="g", thread="1", input={"text": "a"})

    error: dict[str, Any] = {}
    while not error:
        answer = json.loads(await page.session.handle("next", json.dumps({"stream": stream})))
        error = answer.get("error", {})

    assert error["type"] == "InvalidUpdateError"
    assert error["code"]


@pytest.mark.parametrize(
    ("op", "argument", "message"),
    [
        ("dance", {}, "the session has no operation 'dance'"),
        ("state", {"graph": "g", "thread": "1"}, "no graph 'g' is loaded: load it first"),
        ("load", {"name": "g", "source": ""}, "the source of 'g' defines no 'build'"),
    ],
)
async def test_misuse_says_what_to_do(
    page: Page, op: str, argument: dict[str, Any], message: str
) -> None:
    """A wrong question is answered with its cure."""
    error = await page.error(op, **argument)

    assert error["message"] == message
