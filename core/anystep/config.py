"""What a running node can ask about its run: its config, its store, its stream.

The current task travels in a context variable, so these work from any depth of a
node's call stack, in threads and tasks that inherited the context, and never
outside a run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from anystep._langchain import ambient_config

if TYPE_CHECKING:
    from anystep.store.base import BaseStore

__all__ = ["current_task", "get_config", "get_store", "get_stream_writer"]

#: The task whose node is running in this context; None outside a run.
current_task: ContextVar[Any] = ContextVar("anystep_task", default=None)


def get_config() -> dict[str, Any]:
    """The config of the running node: tags, metadata, configurable and the rest.

    Outside a run, but in a Runnable of LangChain's: that one's. Raises: `RuntimeError` elsewhere.
    """
    task = current_task.get()
    if task is None:
        around = ambient_config()
        if around is not None:
            return around
        raise RuntimeError("Called get_config outside of a runnable context")
    config: dict[str, Any] = task.config
    return config


def get_store() -> BaseStore:
    """The store the graph was compiled with.

    Raises: `RuntimeError` outside a run.
    """
    task = current_task.get()
    if task is None:
        raise RuntimeError("Called get_config outside of a runnable context")
    store: BaseStore = task.runtime.store
    return store


def get_stream_writer() -> Callable[[Any], None]:
    """A function that sends its argument to the `custom` stream.

    Raises: `RuntimeError` outside a run.
    """
    task = current_task.get()
    if task is None:
        raise RuntimeError("Called get_config outside of a runnable context")
    writer: Callable[[Any], None] = task.runtime.stream_writer
    return writer
