"""RemoteGraph beside langgraph's: the same clients, and the same server over real HTTP."""
# pyright: basic, reportInvalidTypeForm=false

from __future__ import annotations

import asyncio
import copy
import importlib
import json
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ._normal import failure, plain

ENGINES = ("langgraph", "anystep")
Part = namedtuple("Part", "event data id", defaults=(None,))

CHECKPOINT = {"thread_id": "t", "checkpoint_ns": "ns", "checkpoint_id": "c"}
STATE: dict[str, Any] = {
    "values": {"k": 1},
    "next": None,
    "checkpoint": CHECKPOINT,
    "metadata": {"step": 1},
    "created_at": "2026-01-01",
    "parent_checkpoint": {**CHECKPOINT, "checkpoint_map": {"": "c"}},
    "tasks": [
        {
            "id": "1",
            "name": "n",
            "error": "e",
            "interrupts": [{"value": "q", "id": "x"}],
            "state": None,
            "checkpoint": {"thread_id": "t"},
            "result": {"k": 2},
        }
    ],
}
NESTED: dict[str, Any] = copy.deepcopy(STATE)
NESTED["tasks"][0]["state"] = STATE
GRAPH = {
    "nodes": [{"id": "a", "data": {"name": "A"}}, {"id": 1, "type": "x", "metadata": {"m": 1}}],
    "edges": [{"source": "a", "target": "1", "data": "l", "conditional": True}],
}
RUN = [
    ("metadata", {"run_id": "r", "attempt": 1}),
    ("values", {"a": 1}),
    ("updates", {"n": {"a": 2}}),
    ("updates|sub:1", {"m": {"a": 2}}),
    ("messages", [{"content": "hi", "type": "ai"}, {"langgraph_node": "n"}]),
    ("messages|sub:1", [{"content": "low", "type": "ai"}, {}]),
    ("custom", "c"),
    ("values", {"a": 2, "__interrupt__": [{"value": 1, "id": "i"}]}),
]
CONFIG = {
    "configurable": {"thread_id": "t", "checkpoint_id": "z", "u": {"a": None, "b": [1, object()]}},
    "metadata": {"m": 1, "o": object(), "n": None},
    "tags": ["t", 3],
    "recursion_limit": 5,
    "max_concurrency": 3,
}


class Client:
    """Shaped like the SDK's clients, on either face."""

    def __init__(self, run: Any, asynchronous: bool) -> None:
        self.run, self.asynchronous = run, asynchronous
        self.asked: list[Any] = []
        self.assistants = self.threads = self.runs = self

    def stream(self, **request: Any) -> Any:
        self.asked.append(plain(request))
        parts = [Part(event, copy.deepcopy(data)) for event, data in self.run]
        return _aiter(parts) if self.asynchronous else iter(parts)

    def _answer(self, request: Any, answer: Any) -> Any:
        self.asked.append(plain(request))
        return _later(answer) if self.asynchronous else answer

    def get_state(self, **request: Any) -> Any:
        return self._answer(request, copy.deepcopy(NESTED))

    def get_history(self, **request: Any) -> Any:
        return self._answer(request, [copy.deepcopy(STATE)])

    def update_state(self, **request: Any) -> Any:
        return self._answer(request, {"checkpoint": CHECKPOINT})

    def get_graph(self, **request: Any) -> Any:
        return self._answer(request, copy.deepcopy(GRAPH))


async def _aiter(items: list[Any]) -> Any:
    for item in items:
        yield item


async def _later(value: Any) -> Any:
    return value


class Calls:
    """Calls a remote graph on one face, and keeps what came of it."""

    def __init__(self, engine: str, face: str) -> None:
        self.engine, self.face = engine, face
        self.seen: list[Any] = []

    def graph(self, *args: Any, **options: Any) -> Any:
        module = importlib.import_module(f"{self.engine}.pregel.remote")
        return module.RemoteGraph(*args, **options)

    def types(self) -> Any:
        return importlib.import_module(f"{self.engine}.types")

    async def call(self, graph: Any, method: str, *args: Any, **options: Any) -> None:
        """`method`, or its async twin; a stream is read to its end."""
        found: list[Any] = []
        try:
            if self.face == "sync":
                result = getattr(graph, method)(*args, **options)
                if hasattr(result, "__next__"):
                    found.extend(result)
                else:
                    found.append(result)
            else:
                result = getattr(graph, f"a{method}")(*args, **options)
                if hasattr(result, "__anext__"):
                    async for item in result:
                        found.append(item)  # noqa: PERF401 - what came before an error counts
                else:
                    found.append(await result)
        except Exception as error:  # noqa: BLE001 - any error is an observation
            found.append(failure(error))
        self.seen.append((method, [_plain(item) for item in found]))


def _plain(value: Any) -> Any:
    if type(value).__name__ in ("Graph", "DrawableGraph"):
        nodes = [tuple(node) for node in value.nodes.values()]
        return plain([nodes, [tuple(edge) for edge in value.edges]])
    return plain(value)


async def _everything(calls: Calls, graph: Any) -> None:
    command = calls.types().Command
    for options in (
        {},
        {"stream_mode": "values"},
        {"stream_mode": "messages"},
        {"stream_mode": "messages-tuple"},
        {"stream_mode": ["values", "updates", "messages", "events"]},
        {"subgraphs": True},
        {"subgraphs": True, "stream_mode": ["updates", "custom"]},
        {"stream_mode": "values", "version": "v2"},
        {"stream_mode": ["values", "messages"], "version": "v2", "subgraphs": True},
        {"interrupt_before": ["n"], "interrupt_after": "*", "context": {"c": 1}},
    ):
        await calls.call(graph, "stream", {"i": 1}, CONFIG, **options)
    await calls.call(graph, "invoke", {"i": 1})
    await calls.call(graph, "invoke", {"i": 1}, CONFIG, version="v2")
    answer = command(resume="yes", update={"a": 1}, goto=["n"])
    await calls.call(graph, "invoke", answer, CONFIG)
    await calls.call(graph, "get_state", CONFIG, subgraphs=True)
    await calls.call(graph, "get_state", {"configurable": {"thread_id": "t"}})
    await calls.call(graph, "get_state_history", CONFIG)
    more = {"filter": {"a": 1}, "before": CONFIG, "limit": 3}
    await calls.call(graph, "get_state_history", CONFIG, **more)
    await calls.call(graph, "update_state", CONFIG, {"v": 1}, "n")
    await calls.call(graph, "get_graph", xray=2)


async def _with_clients(calls: Calls) -> None:
    sync, asynchronous = Client(RUN, False), Client(RUN, True)
    bound = {"tags": ["b"], "configurable": {"x": object(), "y": 1}}
    options = {"sync_client": sync, "client": asynchronous, "config": bound, "name": "far"}
    graph = calls.graph("agent", **options)
    await _everything(calls, graph)
    await _everything(calls, graph.with_config({"tags": ["c"], "metadata": {"k": "v"}}))
    inside = {"configurable": {"checkpoint_ns": "node:1|more:2"}}
    for run in (
        RUN,
        [("updates", {"__interrupt__": [{"value": 1, "id": "q"}]}), ("values", {})],
        [("error", {"error": "ValueError", "message": "boom"})],
        [("command", {"graph": "__parent__", "update": {"a": 1}, "goto": "x"})],
        [],
    ):
        sync.run = asynchronous.run = run
        for config in (None, inside):
            await calls.call(graph, "stream", {}, config, subgraphs=True)
            await calls.call(graph, "invoke", {}, config)
    calls.seen.append(("asked", sync.asked, asynchronous.asked))
    await calls.call(calls.graph("agent"), "invoke", {})
    calls.seen.append((graph.name, graph.get_name(), plain(graph.with_config(tags=["z"]).config)))


@pytest.mark.parametrize("face", ["sync", "async"])
def test_the_same_clients_are_asked_the_same(face: str) -> None:
    """Requests, results and errors are langgraph's, call by call."""
    seen: dict[str, list[Any]] = {}
    for engine in ENGINES:
        calls = Calls(engine, face)
        asyncio.run(_with_clients(calls))
        seen[engine] = calls.seen

    assert len(seen["langgraph"]) > 60
    for theirs, ours in zip(seen["langgraph"], seen["anystep"], strict=True):
        assert _same_words(theirs) == _same_words(ours)


def _same_words(observed: Any) -> str:
    return repr(observed).replace("anystep", "langgraph")


# -- runs that are read -----------------------------------------------------------------------


class Thread:
    """Shaped like the SDK's stream of a thread, on the sync face."""

    thread_id = "t"
    interrupted, interrupts = True, ({"value": 1},)
    output, values, messages, subgraphs, tool_calls = {"a": 1}, ["v"], ["m"], ["s"], ["c"]
    extensions = {"mine": ["x"]}  # noqa: RUF012 - never changed

    def __init__(self, log: list[Any]) -> None:
        self.log = log
        self.run = self.runs = self

    def start(self, **request: Any) -> Any:
        self.log.append(("start", plain(request)))
        return {"run_id": "r"}

    def subscribe(self, channels: Any) -> Any:
        self.log.append(("subscribe", channels))
        other = {"method": "other", "params": {"data": 0}}
        return iter([other, *({"method": c, "params": {"data": c}} for c in channels)])

    @property
    def events(self) -> Any:
        return [{"seq": 1}, {"seq": 2}]

    def interleave_projections(self, names: Any) -> Any:
        return [(name, 1) for name in names]

    def cancel(self, *args: Any, **options: Any) -> None:
        self.log.append(("cancel", args, options))
        raise ValueError("over already")

    def close(self) -> None:
        self.log.append("close")

    def __enter__(self) -> Any:
        self.log.append("enter")
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.log.append("exit")


class ThreadClient:
    """A client that streams threads."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log
        self.runs = self.thread = Thread(log)
        self.threads = self

    def stream(self, **request: Any) -> Any:
        self.log.append(("stream", plain(request)))
        return self.thread


def _read_remote_run(engine: str) -> list[Any]:
    log: list[Any] = []
    module = importlib.import_module(f"{engine}.pregel.remote")
    command = importlib.import_module(f"{engine}.types").Command
    graph = module.RemoteGraph("agent", sync_client=ThreadClient(log))
    options = {"version": "v3", "metadata": {"m": 1}, "headers": {"h": "1"}}
    with graph.stream_events({"i": 1}, CONFIG, **options) as run:
        log.append([run.output, run.interrupted, run.interrupts, run.values, run.messages])
        log.append([run.subgraphs, run.tool_calls, sorted(run.extensions), list(run)])
        log.append([list(run.extensions[name]) for name in ("updates", "custom", "mine")])
        log.append(list(run.interleave("values", "messages")))
        run.abort()
        run.abort()
    for bad in (
        {"version": "v3", "control": 1},
        {"version": "v3", "transformers": [1]},
        {"version": "v3", "interrupt_before": ["a"]},
        {"version": "v3", "unheard": 1},
    ):
        try:
            graph.stream_events({}, CONFIG, **bad)
        except NotImplementedError as error:
            log.append(type(error).__name__)
    try:
        graph.stream_events(command(goto="x"), CONFIG, version="v3")
    except NotImplementedError as error:
        log.append(str(error))
    with graph.stream_events(command(resume="yes"), version="v3"):
        pass
    return log


def test_a_run_on_a_server_is_read() -> None:
    """The same calls of the SDK's stream, the same things to read, the same refusals."""
    assert _read_remote_run("langgraph") == _read_remote_run("anystep")


# -- over HTTP --------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """A graph server that answers everybody alike, and keeps what it was asked."""

    asked: list[Any]
    run: list[Any]

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        key = self.headers.get("x-api-key")
        self.asked.append((self.command, self.path, key, json.loads(body) if body else None))
        path = self.path.partition("?")[0]
        if path.endswith("/stream"):
            self.say(200, "text/event-stream", b"".join(_event(*one) for one in self.run))
        elif path.startswith("/threads/missing"):
            self.say(404, "application/json", b'{"detail": "Thread not found"}')
        elif path.startswith("/threads/broken"):
            self.say(200, "application/json", b"{no json")
        else:
            answers = {"graph": GRAPH, "history": [STATE], "checkpoint": NESTED}
            posted = {"checkpoint": CHECKPOINT} if self.command == "POST" else NESTED
            found = answers.get(path.rpartition("/")[2], posted)
            self.say(200, "application/json", json.dumps(found).encode())

    def say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests are quiet."""


def _event(event: str, data: Any) -> bytes:
    return f"event: {event}\r\ndata: {json.dumps(data)}\r\n\r\n".encode()


@contextmanager
def serving(run: Any) -> Iterator[tuple[str, list[Any]]]:
    """A server on a port of this machine, its address and what it was asked."""
    asked: list[Any] = []
    handler = type("Handler", (Handler,), {"asked": asked, "run": [*run, ("end", None)]})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("face", ["sync", "async"])
def test_the_same_server_answers_both(face: str) -> None:
    """Over HTTP, with the SDK's client there and our own here, results are the same."""
    seen: dict[str, list[Any]] = {}
    for engine in ENGINES:
        with serving(RUN) as (url, asked):
            calls = Calls(engine, face)
            graph = calls.graph("agent", url=url, api_key="secret")
            asyncio.run(_everything(calls, graph))
            assert {key for _, _, key, _ in asked} == {"secret"}
            assert not [path for _, path, _, _ in asked if "secret" in path]
            seen[engine] = [*calls.seen, [body for _, path, _, body in asked if "runs" in path]]

    for theirs, ours in zip(seen["langgraph"][:-1], seen["anystep"][:-1], strict=True):
        assert _same_words(theirs) == _same_words(ours)
    for theirs, ours in zip(seen["langgraph"][-1], seen["anystep"][-1], strict=True):
        dropped = {"stream_resumable", "command", "if_not_exists"}
        assert {k: v for k, v in theirs.items() if k not in dropped} == {
            k: v for k, v in ours.items() if k not in dropped
        }


@pytest.mark.parametrize("thread_id", ["missing", "broken", "a/../b"])
def test_what_goes_wrong_names_no_key(thread_id: str) -> None:
    """The error says what was asked and what the server said; paths are quoted."""
    from anystep.pregel.remote import RemoteException, RemoteGraph

    with serving([]) as (url, asked):
        graph = RemoteGraph("agent", url=url, api_key="secret")
        config: Any = {"configurable": {"thread_id": thread_id}}
        if thread_id == "a/../b":
            graph.get_state(config)
            assert asked[0][1] == "/threads/a%2F..%2Fb/state?subgraphs=false"
            return
        with pytest.raises(RemoteException) as caught:
            graph.get_state(config)

    expected = {"missing": "failed with status 404: Thread not found", "broken": "no JSON"}
    assert expected[thread_id] in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_run_that_fails_on_the_server_is_an_error() -> None:
    """And a run that says nothing has no result."""
    from anystep.pregel.remote import RemoteException, RemoteGraph

    with serving([]) as (url, _):
        assert RemoteGraph("agent", url=url).invoke({}) is None
    failing = serving([("error", {"error": "x"})])
    with failing as (url, _), pytest.raises(RemoteException, match="x"):
        RemoteGraph("agent", url=url).invoke({})
