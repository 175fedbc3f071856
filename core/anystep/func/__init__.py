"""The functional API: workflows as plain functions, with durable calls inside."""

from ._entrypoint import entrypoint
from ._task import task

__all__ = ["entrypoint", "task"]
