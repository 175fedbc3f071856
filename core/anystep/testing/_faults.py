"""A saver whose storage may fail, or whose process may die, at any write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anystep.checkpoint.base import BaseCheckpointSaver

__all__ = ["Crash", "FaultySaver", "SaverFault"]

#: The methods that store something, and so the moments at which a process may die.
WRITES = frozenset({"commit", "put", "put_writes"})
_OWN = frozenset({"_awrite", "_begin", "_die", "_end", "_write", "crashed", "fate", "log", "saver"})


class SaverFault(OSError):
    """A write that failed, or was stored without anybody being told."""


class Crash(BaseException):
    """The process died. Nothing of it may store anything any more."""


class FaultySaver(BaseCheckpointSaver[Any]):
    """Passes everything on to `saver`, except what `fate` says of its writes.

    `fate(number)` is asked before each write, the first being number 0, and answers

    * `""`: the write is stored,
    * `"lost"`: it is not, and `SaverFault` is raised,
    * `"untold"`: it is, and `SaverFault` is raised all the same,
    * `"crash"`: the process dies before it is stored,
    * `"crash after"`: the process dies when it is.

    `Crash` is raised then, and from every later write: `crashed` says so. `log` lists what
    became of each write, as (method, fate). Works for savers of both kinds, ours and those
    written for LangGraph.
    """

    def __init__(self, saver: Any, fate: Callable[[int], str]) -> None:
        self.saver = saver
        self.fate = fate
        self.crashed = False
        self.log: list[tuple[str, str]] = []

    def __getattribute__(self, name: str) -> Any:
        # Everything a saver has is the other saver's, the interface's defaults included.
        if name in _OWN or name.startswith("__"):
            return super().__getattribute__(name)
        found = getattr(self.saver, name)
        if name in WRITES:
            return lambda *args: self._write(name, found, args)
        if name[:1] == "a" and name[1:] in WRITES:
            return lambda *args: self._awrite(name[1:], found, args)
        return found

    def _write(self, name: str, method: Any, args: tuple[Any, ...]) -> Any:
        fate = self._begin(name)
        result = method(*args)
        self._end(name, fate)
        return result

    async def _awrite(self, name: str, method: Any, args: tuple[Any, ...]) -> Any:
        fate = self._begin(name)
        result = await method(*args)
        self._end(name, fate)
        return result

    def _begin(self, name: str) -> str:
        if self.crashed:
            raise Crash(f"{name}: this process is dead")
        fate = self.fate(len(self.log))
        self.log.append((name, fate))
        if fate == "lost":
            raise SaverFault(f"{name} number {len(self.log) - 1} was lost, as planned")
        if fate == "crash":
            self._die(name)
        return fate

    def _end(self, name: str, fate: str) -> None:
        if fate == "untold":
            raise SaverFault(
                f"{name} number {len(self.log) - 1} was stored, but failed, as planned"
            )
        if fate == "crash after":
            self._die(name)

    def _die(self, name: str) -> None:
        self.crashed = True
        raise Crash(f"{name}: the process died at write {len(self.log) - 1}, as planned")
