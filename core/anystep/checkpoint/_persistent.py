"""A dict that is kept in a file between runs of a program."""

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self


class PersistentDict(defaultdict[Any, Any]):
    """Lives in memory; `load` reads the file `filename`, `sync` and `close` write it.

    The file is a pickle: load none that somebody else may have written. It is replaced as a
    whole, so a crash leaves the old one or the new one.
    """

    def __init__(self, *args: Any, filename: str, **items: Any) -> None:
        super().__init__(*args, **items)
        self.filename = filename

    def load(self) -> None:
        """Add what the file holds. Raises `FileNotFoundError`, and what unpickling raises."""
        import pickle

        with open(self.filename, "rb") as file:
            if os.fstat(file.fileno()).st_size:
                self.update(pickle.load(file))

    def sync(self) -> None:
        """Write everything to the file."""
        import pickle

        unfinished = f"{self.filename}.tmp"
        try:
            with open(unfinished, "wb") as file:
                pickle.dump(dict(self), file)
            os.replace(unfinished, self.filename)
        except BaseException:
            if os.path.exists(unfinished):
                os.remove(unfinished)
            raise

    def close(self) -> None:
        """Write everything to the file, and forget it here."""
        self.sync()
        self.clear()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        return _restored, (self.default_factory, dict(self), self.filename)


def _restored(factory: Any, items: dict[Any, Any], filename: str) -> PersistentDict:
    return PersistentDict(factory, items, filename=filename)
