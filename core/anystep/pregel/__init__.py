"""Running compiled graphs: the `Pregel` class and its drivers."""

from ._node import NodeBuilder
from .main import Pregel

__all__ = ["NodeBuilder", "Pregel"]
