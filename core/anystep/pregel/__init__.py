"""Running compiled graphs: the `Pregel` class and its drivers."""

from .main import Pregel

__all__ = ["Pregel"]
