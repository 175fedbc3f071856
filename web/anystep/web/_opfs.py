"""Checkpoints in a SQLite file of the origin's private file system."""

import sqlite3  # noqa: TID253  whoever imports this module wants it
from typing import TYPE_CHECKING, Any

from anystep._records import Commit
from anystep.checkpoint.base import SerializerProtocol
from anystep.checkpoint.sqlite.aio import AsyncSqliteSaver
from anystep.web._connection import Durability
from anystep.web._javascript import javascript_module, to_js, translated

if TYPE_CHECKING:
    from typing import Self

_MODULE = "anystep_opfs"


class OPFSSaver(AsyncSqliteSaver):
    """A `SqliteSaver` whose file is in this browser. Workers only; one tab at a time.

        saver = await OPFSSaver.open("mine")
        graph = builder.compile(checkpointer=saver)
        graph.invoke(input, {"configurable": {"thread_id": "1"}})

    Nothing waits: the synchronous methods work in every browser, and reads are much faster than
    IndexedDB's. `durability="strict"` has the browser write to the disk after every step.
    """

    #: A step is written when it is made: to share a transaction takes a thread that writes later.
    stages = False

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        serde: SerializerProtocol | None = None,
        files: Any = None,
        module: Any = None,
        durability: Durability = "relaxed",
    ) -> None:
        """Use `open` instead."""
        super().__init__(conn, serde=serde)
        self._files = files
        self._module = module
        self._strict = durability == "strict"

    @classmethod
    async def open(
        cls,
        name: str = "anystep",
        *,
        serde: SerializerProtocol | None = None,
        durability: Durability = "relaxed",
    ) -> "Self":
        """A saver on the file of that name, made if there is none.

        Raises StorageUnavailableError outside of a worker, StorageBlockedError if another tab has
        the file, ValueError for a name or a durability that is none.
        """
        if durability not in ("relaxed", "strict"):
            raise ValueError(f"durability is 'relaxed' or 'strict', not {durability!r}")
        if not name or not set(name) <= _NAMES:
            raise ValueError(f"a file's name has letters, digits, '-' and '_' only, not {name!r}")
        module = javascript_module(_MODULE, ("opfs.js",))
        import pyodide_js  # pyright: ignore[reportMissingImports]

        path = f"/opfs/{name}"
        file = f"{name}.db"
        names = to_js([file, f"{file}-journal", f"{file}-wal"])
        try:
            files = await module.mount(pyodide_js.FS, path, f"anystep-{name}", names)
        except Exception as error:
            raise translated(error, f"the file {name!r}") from error
        conn = sqlite3.connect(f"{path}/{file}", check_same_thread=False)
        # Nobody else has the file. Without this SQLite asks for shared memory, which is not there.
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        return cls(conn, serde=serde, files=files, module=module, durability=durability)

    def close(self) -> None:
        """Let go of the file; another tab can open it then."""
        self.conn.close()
        if self._files is not None:
            self._module.unmount(self._files)
            self._files = None

    def commit(self, commit: Commit) -> None:
        """As SqliteSaver's."""
        super().commit(commit)
        self._flush()

    async def acommit(self, commit: Commit) -> None:
        """As `commit`: nothing waits here, and there is no thread that could."""
        self.commit(commit)

    def _flush(self) -> None:
        # SQLite's own request to do so ends in the C library here.
        if self._strict:
            self._module.flush(self._files)


_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
