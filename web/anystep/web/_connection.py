"""An open database of the browser, and how it is opened: once, when it is first needed."""

from typing import Any, Literal

from anystep.web._javascript import answered, storage_module, to_js

Durability = Literal["relaxed", "strict"]


class Cipher:
    """AES-GCM by the browser's WebCrypto, for what a saver, a store or a cache keeps.

        cipher = Cipher.from_password("correct horse", salt=b"sixteen bytes ..")
        saver = IndexedDBSaver(cipher=cipher)

    Values are encrypted, and bound to their place, so that nobody can exchange two of them
    unnoticed. Names are not: threads, checkpoint ids, tasks, channels of pending writes, namespaces
    and keys can be read by whoever reads the browser's files.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Any) -> None:
        """Use a class method instead."""
        self._make = make
        self._made: Any = None

    @classmethod
    def from_key(cls, key: bytes) -> "Cipher":
        """A cipher from 16 or 32 secret bytes. Raises ValueError for any other number of them."""
        if len(key) not in (16, 32):
            raise ValueError(f"an AES key has 16 or 32 bytes, not {len(key)}")
        return cls(lambda module: module.cipherFromKey(to_js(key)))

    @classmethod
    def from_password(cls, password: str, *, salt: bytes, iterations: int = 600_000) -> "Cipher":
        """A cipher from a password, by PBKDF2 with SHA-256.

        `salt` is not secret and must be the same every time: 16 random bytes, kept by the page.
        Raises ValueError if it has fewer than 8 bytes.
        """
        if len(salt) < 8:
            raise ValueError(f"a salt of {len(salt)} bytes protects nothing: use 16 random bytes")
        return cls(
            lambda module: module.cipherFromPassword(password, to_js(salt), iterations),
        )

    async def made(self, module: Any) -> Any:
        """The cipher as `storage.js` takes it."""
        if self._made is None:
            try:
                self._made = await self._make(module)
            except Exception as error:
                from anystep.web._javascript import translated

                raise translated(error, "the encryption") from error
        return self._made


class Connection:
    """One database by name; every operation of `storage.js` as a coroutine."""

    __slots__ = ("_cipher", "_durability", "_opening", "append", "handle", "module", "name")

    def __init__(self, name: str, durability: Durability, cipher: Cipher | None) -> None:
        """Raise ValueError for a durability the browser does not know."""
        if durability not in ("relaxed", "strict"):
            raise ValueError(f"durability is 'relaxed' or 'strict', not {durability!r}")
        self.name = name
        self._durability = durability
        self._cipher = cipher
        self._opening: Any = None
        self.handle: Any = None
        self.module: Any = None
        self.append: Any = None  # the module's, looked up once: every superstep calls it

    async def open(self) -> None:
        """Open it, if it is not. Raises the errors of `anystep.web.errors`."""
        if self.handle is not None:
            return
        if self._opening is None:
            import asyncio

            self._opening = asyncio.ensure_future(self._open())
        opening = self._opening
        try:
            await opening
        finally:
            if opening.done():
                self._opening = None

    async def _open(self) -> None:
        module = storage_module()
        given: list[Any] = [self.name, self._durability]
        if self._cipher is not None:
            given.append(await self._cipher.made(module))
        try:
            self.handle = await module.open(*given)
        except Exception as error:
            from anystep.web._javascript import translated

            raise translated(error, f"the storage {self.name!r}") from error
        self.module, self.append = module, module.append

    def close(self) -> None:
        """Let go of the database; the next operation opens it again."""
        if self.handle is not None:
            self.module.close(self.handle)
            self.handle = None

    async def ask(self, operation: str, *arguments: Any, about: str = "") -> Any:
        """One operation. Its transaction begins before this waits, if the database is open."""
        if self.handle is None:
            await self.open()
        promise = getattr(self.module, operation)(self.handle, *arguments)
        return await answered(promise, about or f"the storage {self.name!r}")
