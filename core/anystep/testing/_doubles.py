"""Stand-ins for nodes and routers: they do what they are told and remember what they got.

fetch = returns({"text": "hello"})
builder.add_node("fetch", fetch)
...
assert fetch.calls == [{"query": "q"}]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

__all__ = ["NodeDouble", "asks", "fans_out", "raises", "returns", "routes", "scripted"]


class NodeDouble:
    """A callable that can stand where a node or a router stands.

    `calls` holds a deep copy of the input of every call, so later changes to the state do not
    reach it. Use `asynchronous` where a coroutine function is needed.
    """

    __slots__ = ("__name__", "_act", "calls")

    def __init__(self, act: Callable[[Any, int], Any], name: str) -> None:
        """`act` gets the input and the number of the call, from 0."""
        self.__name__ = name
        self._act = act
        self.calls: list[Any] = []

    def __call__(self, state: Any) -> Any:
        number = len(self.calls)
        self.calls.append(deepcopy(state))
        return self._act(state, number)

    def __repr__(self) -> str:
        return f"<{self.__name__} called {len(self.calls)} times>"

    @property
    def asynchronous(self) -> Callable[[Any], Any]:
        """The same double as a coroutine function; calls of both are remembered together."""

        async def call(state: Any) -> Any:
            return self(state)

        call.__name__ = self.__name__
        return call


def returns(update: Any = None, *, name: str = "returns") -> NodeDouble:
    """Returns `update`, a fresh copy for every call."""
    return NodeDouble(lambda state, number: deepcopy(update), name)


def raises(
    error: BaseException | type[BaseException],
    *,
    times: int | None = None,
    then: Any = None,
    name: str = "raises",
) -> NodeDouble:
    """Raises `error`: on every call, or on the first `times` calls and returns `then` after."""

    def act(state: Any, number: int) -> Any:
        if times is None or number < times:
            raise error
        return deepcopy(then)

    return NodeDouble(act, name)


def scripted(outcomes: Iterable[Any], *, name: str = "scripted") -> NodeDouble:
    """Does one thing after another.

    An outcome that is an exception is raised, a function is called with the input, anything else
    is returned. A call too many raises AssertionError.
    """
    script = list(outcomes)

    def act(state: Any, number: int) -> Any:
        if number >= len(script):
            raise AssertionError(
                f"{name!r} was called {number + 1} times; its script has {len(script)}"
            )
        outcome = script[number]
        if isinstance(outcome, BaseException) or (
            isinstance(outcome, type) and issubclass(outcome, BaseException)
        ):
            raise outcome
        return outcome(state) if callable(outcome) else deepcopy(outcome)

    return NodeDouble(act, name)


def routes(*targets: Any, name: str = "routes") -> NodeDouble:
    """A router that names one target after another, and the last one from then on.

    A target is whatever a router may return: a name, END, a Send, a list of these.
    """
    if not targets:
        raise ValueError("a router needs a target")
    return NodeDouble(lambda state, number: targets[min(number, len(targets) - 1)], name)


def fans_out(node: str, key: str, *, name: str = "fans_out") -> NodeDouble:
    """A router that starts a task of `node` for each item of the list under `key`."""

    def act(state: Mapping[str, Any], number: int) -> Any:
        from anystep.types import Send

        return [Send(node, item) for item in state[key]]

    return NodeDouble(act, name)


def asks(question: Any, key: str, *, name: str = "asks") -> NodeDouble:
    """Interrupts with `question` and writes the answer under `key`.

    Each time the node runs is a call: one that asks and one that gets the answer.
    """

    def act(state: Any, number: int) -> Any:
        from anystep.types import interrupt

        return {key: interrupt(question)}

    return NodeDouble(act, name)
