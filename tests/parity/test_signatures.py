"""Every public name of LangGraph is here, and takes at least what LangGraph's takes."""
# pyright: basic

import importlib
import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

MODULES = [
    "cache.base",
    "cache.memory",
    "cache.sqlite",
    "callbacks",
    "channels",
    "checkpoint.base",
    "checkpoint.memory",
    "checkpoint.serde.base",
    "checkpoint.serde.encrypted",
    "checkpoint.serde.jsonplus",
    "checkpoint.serde.types",
    "checkpoint.sqlite",
    "checkpoint.sqlite.aio",
    "config",
    "constants",
    "errors",
    "func",
    "graph",
    "graph.message",
    "graph.state",
    "graph.ui",
    "managed",
    "prebuilt",
    "prebuilt.chat_agent_executor",
    "prebuilt.interrupt",
    "prebuilt.tool_node",
    "prebuilt.tool_validator",
    "pregel",
    "pregel.main",
    "pregel.protocol",
    "pregel.remote",
    "runtime",
    "store.base",
    "store.memory",
    "store.sqlite",
    "store.sqlite.aio",
    "stream",
    "types",
    "typing",
    "warnings",
]

#: What is not there, or takes something else, and why.
ELSEWHERE: dict[str, str] = {
    "PersistentDict.dump: not there": "it writes a pickle; `sync` stores",
    "build_delta_channels_writes_history: not there": "about the tables of LangGraph's own database",
    "build_delta_stage2_sql: not there": "about the tables of LangGraph's own database",
    "load_pending_writes: not there": "about the tables of LangGraph's own database",
    "pending_writes_sql: not there": "about the tables of LangGraph's own database",
    "search_where: not there": "about the tables of LangGraph's own database",
    "step_walk_with_row: not there": "about the tables of LangGraph's own database",
    "CompiledStateGraph.attach_branch: not there": "how LangGraph compiles; nothing for users",
    "CompiledStateGraph.attach_edge: not there": "how LangGraph compiles; nothing for users",
    "CompiledStateGraph.attach_node: not there": "how LangGraph compiles; nothing for users",
}

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    """The names a module says are public, or those that are LangGraph's own."""
    declared = getattr(module, "__all__", None)
    for name in declared or [n for n in vars(module) if not n.startswith("_")]:
        value = getattr(module, name)
        ours = str(getattr(value, "__module__", "")).startswith(module.__name__)
        if not inspect.ismodule(value) and (declared or ours):
            yield name, value


def _signature(value: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(value)
    except (TypeError, ValueError):
        return None


def _lacks(theirs: Any, ours: Any) -> Iterator[str]:
    """What a call of `theirs` may have that a call of `ours` may not."""
    wanted, given = _signature(theirs), _signature(ours)
    if wanted is None or given is None:
        return
    takes = given.parameters
    any_keyword = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in takes.values())
    any_position = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in takes.values())
    for name, parameter in wanted.parameters.items():
        if parameter.kind not in _NAMED:
            continue
        own = takes.get(name)
        if own is None:
            if not any_keyword:
                yield f"{name}: not taken"
            continue
        positional = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        if positional and own.kind is inspect.Parameter.KEYWORD_ONLY and not any_position:
            yield f"{name}: by keyword only"
        if parameter.default is not parameter.empty and own.default is own.empty:
            yield f"{name}: has no default"
        elif _plain(parameter.default) and own.default not in (own.empty, parameter.default):
            yield f"{name}: {own.default!r} by default, not {parameter.default!r}"
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in wanted.parameters.values()):
        return
    for name, own in takes.items():
        if own.kind in _NAMED and own.default is own.empty and name not in wanted.parameters:
            yield f"{name}: asked for, and not known to LangGraph"


def _plain(default: Any) -> bool:
    return default is None or isinstance(default, (bool, int, str))


def _compared(name: str) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = importlib.import_module(f"langgraph.{name}")
        ours = importlib.import_module(f"anystep.{name}")
        for item, value in _public(theirs):
            if not hasattr(ours, item):
                yield f"{item}: not there"
                continue
            own = getattr(ours, item)
            if inspect.isclass(value) and str(value.__module__).startswith("langgraph"):
                yield from (f"{item}({lack}" for lack in _lacks(value, own))
                yield from _methods(item, value, own)
            elif inspect.isfunction(value):
                yield from (f"{item}({lack}" for lack in _lacks(value, own))


def _methods(item: str, theirs: Any, ours: Any) -> Iterator[str]:
    for base in theirs.__mro__:
        if not str(base.__module__).startswith("langgraph"):
            continue
        for method, value in vars(base).items():
            if method.startswith("_") or not inspect.isfunction(value):
                continue
            if not hasattr(ours, method):
                yield f"{item}.{method}: not there"
            else:
                pair = getattr(theirs, method), getattr(ours, method)
                yield from (f"{item}.{method}({lack}" for lack in _lacks(*pair))


@pytest.mark.parametrize("name", MODULES)
def test_public_names(name: str) -> None:
    """Names, parameters and defaults, but for what `ELSEWHERE` says."""
    found = {line for line in _compared(name) if line not in ELSEWHERE}

    assert not found, "\n".join(sorted(found))


def test_nothing_is_excused_in_vain() -> None:
    """Each row of `ELSEWHERE` is still needed."""
    found = {line for name in MODULES for line in _compared(name)}

    assert sorted(set(ELSEWHERE) - found) == []
