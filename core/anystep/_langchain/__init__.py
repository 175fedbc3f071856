"""The bridge to LangChain: the one place that knows langchain_core, and only where the
application itself has imported it.

A program that does without LangChain never gets past `is_active`, which looks a name up in
`sys.modules`. Nothing here is imported for it, and langchain_core is never imported unasked:
`need` is for methods that make no sense without it.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

INSTALL = "pip install langchain-core"


def is_active(config: Any = None) -> bool:
    """Whether LangChain's objects may be around: its runnables, or handlers in `config`."""
    if "langchain_core" not in sys.modules:
        return False
    if "langchain_core.runnables.config" in sys.modules:
        return True
    return bool(config) and bool(config.get("callbacks"))


def ambient_config() -> dict[str, Any] | None:
    """The config of the Runnable that runs here; None where there is none."""
    loaded = sys.modules.get("langchain_core.runnables.config")
    found = None if loaded is None else loaded.var_child_runnable_config.get()
    return dict(found) if found else None


def module(name: str) -> Any:
    """The module `langchain_core.<name>`; for callers that hold something of LangChain's."""
    from importlib import import_module

    return import_module(f"langchain_core.{name}")


def need(name: str, what: str) -> Any:
    """The module `langchain_core.<name>`, for `what` the caller has asked for.

    Raises: `ImportError` that says what to install where LangChain is not.
    """
    try:
        return module(name)
    except ImportError as error:
        if "langchain_core" in sys.modules:
            raise
        raise ImportError(f"{what} needs LangChain's core: {INSTALL}") from error


def runnable_classes() -> tuple[type[Any], ...]:
    """Runnable and its bases, if the application has imported it."""
    base = sys.modules.get("langchain_core.runnables.base")
    runnable: Any = getattr(base, "Runnable", None)
    return () if runnable is None else runnable.__mro__[:-1]


def is_runnable(value: Any) -> bool:
    """Whether `value` is a Runnable of LangChain's; a graph of ours counts as one."""
    base = sys.modules.get("langchain_core.runnables.base")
    return base is not None and isinstance(value, base.Runnable)


def message_bases(cls: type) -> frozenset[str]:
    """The names of the classes of LangChain's messages that `cls` derives from."""
    return _known_bases(cls)


@lru_cache(maxsize=128)
def _known_bases(cls: type) -> frozenset[str]:
    bases = (base for base in cls.__mro__ if base.__module__ == "langchain_core.messages.base")
    return frozenset(base.__name__ for base in bases)


def has_messages() -> bool:
    """Whether the application has imported LangChain's messages."""
    loaded = sys.modules.get("langchain_core.messages.base")
    return loaded is not None and hasattr(loaded, "BaseMessage")


def as_runnable(action: Any) -> Any:
    """A dict or a generator function as the Runnable that LangChain makes of it, where it is in
    use; anything else as it is."""
    if isinstance(action, dict):
        return module("runnables.base").RunnableParallel(action) if is_active() else action
    code = getattr(action, "__code__", None)
    if code is not None and code.co_flags & (0x20 | 0x200) and is_active():  # CO_(ASYNC_)GENERATOR
        return module("runnables.base").RunnableLambda(action)
    return action


def sequence_steps(value: Any) -> list[Any]:
    """The steps of a RunnableSequence; none for anything else."""
    base = sys.modules.get("langchain_core.runnables.base")
    if base is None or not isinstance(value, base.RunnableSequence):
        return []
    steps: list[Any] = value.steps
    return steps


def tool_output_class(cls: type) -> type:
    """A class of which an instance of `cls` says it is, so that LangChain's tools let it pass.

    They turn what a tool returns into text unless it is a `ToolOutputMixin`. `cls` itself where
    no tool of LangChain's is around.
    """
    messages = sys.modules.get("langchain_core.messages.tool")
    mixin = getattr(messages, "ToolOutputMixin", None)
    return cls if mixin is None else _with_base(cls, mixin)


@lru_cache(maxsize=16)
def _with_base(cls: type, base: type) -> type:
    return type(cls.__name__, (cls, base), {"__slots__": (), "__module__": cls.__module__})


def register(cls: type[Any]) -> None:
    """Make `cls` count as a Runnable: a virtual subclass, as `isinstance` and pydantic see it."""
    base = sys.modules.get("langchain_core.runnables.base")
    if base is not None and "Runnable" in vars(base) and not issubclass(cls, base.Runnable):
        base.Runnable.register(cls)
