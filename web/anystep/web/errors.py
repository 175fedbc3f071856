"""What goes wrong with the browser's storage, named by what to do about it.

Exception
└── StorageError                    the storage did not do what it was asked
    ├── StorageUnavailableError     there is none: private mode, a policy, not a browser
    ├── StorageFullError            no room is left: delete something, or ask for more
    ├── StorageBlockedError         another tab holds an older layout open: close it
    ├── StorageVersionError         a newer anystep wrote it: reload the page
    ├── StorageClosedError          it was closed, cleared or upgraded: reload the page
    ├── StorageLostError            the browser threw it away, damaged: begin anew, or import
    ├── StorageCipherError          the key is another one, or the bytes were changed
    └── ThreadConflictError         another tab, or another run, went on with the thread

Each has a stable `code`: match on that, not on the message.
"""

from typing import ClassVar

__all__ = [
    "StorageBlockedError",
    "StorageCipherError",
    "StorageClosedError",
    "StorageError",
    "StorageFullError",
    "StorageLostError",
    "StorageUnavailableError",
    "StorageVersionError",
    "ThreadConflictError",
]


class StorageError(Exception):
    """The browser's storage did not do what it was asked; nothing of it was stored."""

    code: ClassVar[str] = "STORAGE"


class StorageUnavailableError(StorageError):
    """There is no storage here, or the browser does not let this page use it."""

    code: ClassVar[str] = "STORAGE_UNAVAILABLE"


class StorageFullError(StorageError):
    """The browser gives this origin no more room."""

    code: ClassVar[str] = "STORAGE_FULL"


class StorageBlockedError(StorageError):
    """Another tab of an older version keeps the storage from being upgraded."""

    code: ClassVar[str] = "STORAGE_BLOCKED"


class StorageVersionError(StorageError):
    """The storage has the layout of a newer version of anystep."""

    code: ClassVar[str] = "STORAGE_VERSION"


class StorageClosedError(StorageError):
    """The connection is gone: closed, cleared by the browser, or upgraded by another tab."""

    code: ClassVar[str] = "STORAGE_CLOSED"


class StorageLostError(StorageError):
    """The browser found its files damaged and threw them away; told once, it is empty and usable now."""

    code: ClassVar[str] = "STORAGE_LOST"


class StorageCipherError(StorageError):
    """Stored bytes cannot be decrypted: another key, or somebody changed them."""

    code: ClassVar[str] = "STORAGE_CIPHER"


class ThreadConflictError(StorageError):
    """Somebody else stored a step of the thread meanwhile; this one was refused."""

    code: ClassVar[str] = "THREAD_CONFLICT"
