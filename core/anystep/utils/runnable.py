"""`RunnableCallable` under the name that it had before LangGraph 1.0."""

from typing import Any

from anystep._internal._runnable import RunnableLike

__all__ = ["RunnableLike"]


def __getattr__(name: str) -> Any:
    """The class that needs langchain_core. Raises: `ImportError` without it."""
    from anystep._internal import _runnable

    return getattr(_runnable, name)
