"""A graph on a server: what is asked of it, what is made of its answers, whatever they are."""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Self, TypedDict
from uuid import UUID

import pytest

from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import ParentCommand
from anystep.graph import START, StateGraph
from anystep.messages import AIMessage
from anystep.pregel._remote_client import Request, Server
from anystep.pregel._remote_client import StreamPart as Chunk
from anystep.pregel._sse import Decoder, ServerEvent, TooLarge
from anystep.pregel.protocol import PregelProtocol
from anystep.pregel.remote import RemoteException, RemoteGraph
from anystep.types import Command, Interrupt, Send, StateSnapshot

pytestmark = pytest.mark.host

THREAD: Any = {"configurable": {"thread_id": "t"}}
CHECKPOINT = {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c"}
STATE: dict[str, Any] = {
    "values": {"log": ["x"]},
    "next": ["n"],
    "checkpoint": CHECKPOINT,
    "parent_checkpoint": CHECKPOINT,
    "metadata": {"step": 1},
    "created_at": "2026-01-01T00:00:00+00:00",
    "tasks": [
        {
            "id": "1",
            "name": "n",
            "error": "ValueError('x')",
            "interrupts": [{"value": "q", "id": "i", "unheard": 1}],
            "checkpoint": None,
            "state": None,
        }
    ],
}


class Sync:
    """A client that answers from a list, and keeps what it was asked."""

    def __init__(self, *chunks: Chunk) -> None:
        self.chunks = chunks
        self.asked: list[dict[str, Any]] = []
        self.assistants = self.threads = self.runs = self

    def stream(self, **request: Any) -> Iterator[Chunk]:
        self.asked.append(request)
        yield from self.chunks

    def get_state(self, **request: Any) -> Any:
        self.asked.append(request)
        return STATE

    def get_history(self, **request: Any) -> Any:
        self.asked.append(request)
        return [STATE]

    def update_state(self, **request: Any) -> Any:
        self.asked.append(request)
        return {"checkpoint": CHECKPOINT}

    def get_graph(self, **request: Any) -> Any:
        self.asked.append(request)
        return {"nodes": [{"id": "a", "data": {"name": "A"}}], "edges": []}


class Async:
    """The same, awaited."""

    def __init__(self, *chunks: Chunk) -> None:
        self.sync = Sync(*chunks)
        self.assistants = self.threads = self.runs = self

    async def stream(self, **request: Any) -> AsyncIterator[Chunk]:
        for chunk in self.sync.stream(**request):
            yield chunk

    async def get_state(self, **request: Any) -> Any:
        return self.sync.get_state(**request)

    async def get_history(self, **request: Any) -> Any:
        return self.sync.get_history(**request)

    async def update_state(self, **request: Any) -> Any:
        return self.sync.update_state(**request)

    async def get_graph(self, **request: Any) -> Any:
        return self.sync.get_graph(**request)


def remote(*chunks: Chunk, **options: Any) -> tuple[RemoteGraph, Sync]:
    """A remote graph and its client."""
    client = Sync(*chunks)
    return RemoteGraph("agent", sync_client=client, client=Async(*chunks), **options), client


# -- running -----------------------------------------------------------------------------


async def test_both_faces_give_the_same() -> None:
    """invoke, stream, states and pictures do not depend on the client's colour."""
    graph, _ = remote(Chunk("values", {"log": [1]}), Chunk("values", {"log": [1, 2]}))

    assert graph.invoke({}) == await graph.ainvoke({}) == {"log": [1, 2]}
    assert list(graph.stream({}, stream_mode="values")) == [
        event async for event in graph.astream({}, stream_mode="values")
    ]
    assert repr(graph.get_state(THREAD)) == repr(await graph.aget_state(THREAD))
    assert repr(list(graph.get_state_history(THREAD))) == repr(
        [state async for state in graph.aget_state_history(THREAD)]
    )
    assert graph.update_state(THREAD, {}) == await graph.aupdate_state(THREAD, {})
    assert graph.get_graph() == await graph.aget_graph()


def test_only_plain_data_is_sent() -> None:
    """Objects, and what says where the caller is, stay here."""
    graph, client = remote(config={"configurable": {"model": "m", "object": object()}})
    own = {"thread_id": "t", "checkpoint_id": "c", "user": {"id": UUID(int=1), "o": object()}}
    list(graph.stream({"log": []}, {"configurable": own, "tags": ["a"], "callbacks": [object()]}))
    [sent] = client.asked

    assert sent["config"] == {
        "tags": ["a"],
        "configurable": {"model": "m", "user": {"id": UUID(int=1)}},
    }
    assert (sent["thread_id"], sent["assistant_id"]) == ("t", "agent")
    assert sent["stream_mode"] == ["updates"]


def test_a_command_is_sent_as_one() -> None:
    """Its input is None; what the server's client does not know goes to it as it is."""
    graph, client = remote()
    graph.invoke(Command(resume="yes"), THREAD, multitask_strategy="reject")
    [sent] = client.asked

    assert sent["input"] is None
    assert sent["command"]["resume"] == "yes"
    assert sent["multitask_strategy"] == "reject"


def test_nothing_from_the_server_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """An empty stream is no error, and is told of."""
    graph, _ = remote()

    assert graph.invoke({}) is None
    assert "No events received" in caplog.text


def test_failures_are_raised() -> None:
    """What the server says of a failed run is the error's argument."""
    graph, _ = remote(Chunk("error", {"error": "ValueError", "message": "boom"}))

    with pytest.raises(RemoteException, match="boom"):
        graph.invoke({})


def test_a_command_to_the_graph_around_is_raised() -> None:
    """It is for that graph to obey."""
    graph, _ = remote(Chunk("command", {"graph": Command.PARENT, "goto": "x"}))

    with pytest.raises(ParentCommand) as caught:
        graph.invoke({})
    assert caught.value.args[0] == Command(graph=Command.PARENT, goto="x")


@pytest.mark.parametrize("method", ["invoke", "ainvoke"])
async def test_a_client_of_that_colour_is_needed(method: str) -> None:
    """Without one the error says what to pass."""
    graph = RemoteGraph("agent")

    async def call() -> None:
        await getattr(graph, method)({})

    with pytest.raises(ValueError, match="client is not initialized"):
        await call()
    with pytest.raises(ValueError, match="thread_id"):
        remote()[0].get_state({"configurable": {}})
    with pytest.raises(NotImplementedError, match="update_state"):
        graph.bulk_update_state(THREAD, [])


def test_a_state_is_a_snapshot() -> None:
    """Errors, interrupts and configs are what they are of a local thread."""
    snapshot = remote()[0].get_state(THREAD)

    assert isinstance(snapshot, StateSnapshot)
    assert snapshot.next == ("n",)
    assert snapshot.interrupts == (Interrupt("q", "i"),)
    assert repr(snapshot.tasks[0].error) == repr(Exception("ValueError('x')"))
    assert snapshot.config["configurable"] == {**CHECKPOINT, "checkpoint_map": {}}


def test_it_is_a_graph_with_a_name() -> None:
    """It is a `PregelProtocol`, and copies keep what they were made of."""
    graph, client = remote(name="helper")
    copy = graph.with_config({"tags": ["x"]})

    assert isinstance(graph, PregelProtocol)
    assert (copy.name, copy.get_name(), copy.config) == ("helper", "helper", {"tags": ["x"]})
    assert copy.sync_client is client


# -- as a node ------------------------------------------------------------------------------


class Log(TypedDict):
    """What ran."""

    log: Annotated[list[Any], operator.add]


def around(graph: RemoteGraph) -> Any:
    """A graph of which it is a node."""
    builder = StateGraph(Log).add_node("far", graph)
    return builder.add_edge(START, "far").compile(checkpointer=InMemorySaver())


def test_its_output_is_the_nodes() -> None:
    """And its events are told in the streams of the graph around it, under the node's name."""
    graph, client = remote(
        Chunk("custom", "hi"),
        Chunk("updates|inner:1", {"i": 1}),
        Chunk("values", {"log": ["far"]}),
    )
    modes = ["updates", "custom"]
    events = list(around(graph).stream({"log": []}, THREAD, stream_mode=modes, subgraphs=True))

    assert [(len(ns), mode, data) for ns, mode, data in events] == [
        (1, "custom", "hi"),
        (2, "updates", {"i": 1}),
        (0, "updates", {"far": {"log": ["far"]}}),
    ]
    assert {"custom", "updates", "values"} <= set(client.asked[0]["stream_mode"])
    assert client.asked[0]["stream_subgraphs"] is True


async def test_its_questions_stop_the_graph_around() -> None:
    """They are that graph's interrupts."""
    question = {"__interrupt__": [{"value": "why?", "id": "i1"}]}
    graph, _ = remote(Chunk("updates", question), Chunk("values", {"log": []}))
    local = around(graph)

    assert local.invoke({"log": []}, THREAD)["__interrupt__"][0].value == "why?"
    assert local.get_state(THREAD).next == ("far",)
    other: Any = {"configurable": {"thread_id": "other"}}
    assert (await local.ainvoke({"log": []}, other))["__interrupt__"][0].value == "why?"


# -- the wire -------------------------------------------------------------------------------

EVENTS = b': hello\r\nevent: values\r\ndata: {"a":\r\ndata: 1}\r\nid: 1-0\r\n\r\nevent: end\n\ndata\rid: x\0\r\r'


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_events_are_found_in_any_pieces(size: int) -> None:
    """Every line ending, every cut; comments and unknown fields are passed over."""
    decoder = Decoder()
    pieces = [EVENTS[start : start + size] for start in range(0, len(EVENTS), size)]

    assert [event for piece in pieces for event in decoder.feed(piece)] == [
        ServerEvent("values", '{"a":\n1}', "1-0"),
        ServerEvent("end", "", "1-0"),
        ServerEvent("message", "", "1-0"),
    ]


@pytest.mark.parametrize("piece", [b"data: x", b"data: x\n"])
def test_an_event_without_an_end_is_refused(piece: bytes) -> None:
    """A server cannot fill the memory, line by line or in one."""
    decoder = Decoder(limit=100)

    with pytest.raises(TooLarge, match="100 bytes"):
        _feed(decoder, [piece] * 200)


def test_comments_and_a_byte_order_mark_are_nothing() -> None:
    """A connection may be kept alive for as long as anybody likes."""
    decoder = Decoder(limit=100)

    assert _feed(decoder, [b"\xef\xbb\xbfdata: 1\n\n"]) == [ServerEvent("message", "1", None)]
    assert _feed(decoder, [b": alive\n"] * 200 + [b"data: 2\n\n"])[0].data == "2"


def _feed(decoder: Decoder, pieces: list[bytes]) -> list[ServerEvent]:
    return [event for piece in pieces for event in decoder.feed(piece)]


def request(body: Any = None, **headers: str) -> Request:
    """A request with this body."""
    return Request("POST", "/runs", {}, body, headers)


def test_the_key_is_in_one_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the URL, not in the body, not in what is shown of the server."""
    monkeypatch.setenv("LANGSMITH_API_KEY", ' "secret" ')
    server = Server("https://user:pw@graphs.example/", None, {"a": "b"})
    sent = server.arguments(request({"x": 1}))

    assert sent["headers"]["x-api-key"] == "secret"
    assert [name for name, value in sent.items() if "secret" in str(value)] == ["headers"]
    assert "secret" not in repr(server) + repr(vars(Server))
    assert "pw" not in repr(server)


@pytest.mark.parametrize("url", ["graphs.example", "file:///etc/passwd", "ftp://x", ""])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    """Nothing but http and https is asked."""
    with pytest.raises(ValueError, match="needs a url"):
        Server(url, None, None)
    with pytest.raises(ValueError, match="api_key="):
        Server("http://x", None, {"X-Api-Key": "k"})


def test_records_and_messages_can_be_sent() -> None:
    """As the API has them; anything else is refused by name."""
    server = Server("http://x", "k", None)
    body = [Send("n", 1), AIMessage("hi", id="m"), UUID(int=2), {3}]
    text = server.arguments(request(body))["content"].decode()

    assert '{"node": "n", "input": 1}' in text
    assert '"type": "ai"' in text
    with pytest.raises(TypeError, match="object cannot be sent"):
        server.arguments(request(object()))


class AsyncThread:
    """An SDK's stream of a thread, awaited."""

    thread_id, interrupted, interrupts, values = "t", False, (), ["v"]

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.run = self

    def stream(self, **request: Any) -> AsyncThread:
        return self

    async def start(self, **request: Any) -> Any:
        self.log.append(request["input"])
        if request["input"] == "fail":
            raise OSError("refused")
        return {"run_id": "r"}

    @property
    async def output(self) -> Any:
        return {"a": 1}

    async def subscribe(self, channels: Any) -> AsyncIterator[Any]:
        for method in ("other", *channels):
            yield {"method": method, "params": {"data": method}}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.log.append("exit")


class AsyncThreads:
    """A client that streams threads, its parts told apart."""

    def __init__(self) -> None:
        self.threads = self.thread = AsyncThread()
        self.runs = object()


async def test_a_remote_run_is_read_and_awaited() -> None:
    """Its block begins it, fails with what beginning raised, and ends it once."""
    client = AsyncThreads()
    graph = RemoteGraph("agent", client=client)
    async with await graph.astream_events("in", version="v3") as run:
        assert await run.output() == {"a": 1}
        assert (await run.interrupted(), await run.interrupts(), run.values) == (False, [], ["v"])
        assert [data async for data in run.extensions["updates"]] == ["updates"]
    await run.abort()
    with pytest.raises(RuntimeError, match="already closed"):
        await run.__aenter__()
    with pytest.raises(OSError, match="refused"):
        await (await graph.astream_events("fail", version="v3")).__aenter__()

    assert client.thread.log == ["in", "exit", "fail", "exit"]
    with pytest.raises(NotImplementedError, match="version='v3'"):
        await graph.astream_events({})
    with pytest.raises(NotImplementedError, match="langgraph-sdk"):
        RemoteGraph("agent", url="http://127.0.0.1:1").stream_events({}, version="v3")
