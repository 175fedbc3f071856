"""What a saver knows of the logs in IndexedDB, and how it learns more and stores what is new."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from anystep._records import Commit
from anystep.checkpoint._codec import Codec
from anystep.checkpoint._saver import Place
from anystep.host import current_host
from anystep.web._connection import Connection
from anystep.web._javascript import to_js
from anystep.web._log import Absent, BrowserLog, Op
from anystep.web.errors import StorageError, ThreadConflictError

T = TypeVar("T")

#: How often an operation begins anew because other tabs keep writing; then it gives up.
_ATTEMPTS = 5


class Line:
    """Where this saver's runs in one place have come to, and where others passed them."""

    __slots__ = ("number", "overtaken", "size", "tips")

    def __init__(self) -> None:
        self.number = -1
        self.size = 0
        self.tips: set[str] = set()  # checkpoints committed here that a run may go on from
        self.overtaken: set[str] = set()  # tips, since somebody else wrote


class Flight(NamedTuple):
    """How many steps are on their way to a log."""

    number: int
    steps: int


class Mirror:
    """Logs by place. Work on them does not wait; `settled` does the waiting around it."""

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self.connection = connection
        self.logs: dict[Place, BrowserLog | None] = {}  # None: there is none
        self.lines: dict[Place, Line] = {}
        self.ops: list[Op] = []  # besides those of the logs
        self.checks: list[Op] = []
        self.listed: dict[str | None, list[Place]] = {}
        self.flights: dict[Place, Flight] = {}
        self._failures: dict[Place, Exception] = {}  # of flights, until somebody is told
        self._replaced: dict[Place, tuple[BrowserLog | None, int, int]] = {}
        self._codec = codec

    # Without waiting

    def find(self, place: Place) -> BrowserLog | None:
        """The log of a place, None if there is none. Raises Absent if that is not known."""
        try:
            return self.logs[place]
        except KeyError:
            raise Absent("log", None, place) from None

    def open(self, place: Place) -> BrowserLog:
        """The log of a place, made if there is none."""
        log = self.find(place)
        if log is None:
            log = self.logs[place] = self.new_log()
        return log

    def new_log(self) -> BrowserLog:
        """An empty log; its number is one that nobody else has."""
        number = int.from_bytes(current_host().random_bytes(6))
        return BrowserLog(number, self._codec, stored=False)

    def places(self, thread_id: str | None) -> list[Place]:
        """The places of a thread, or of all. Raises Absent if they are not listed."""
        try:
            return self.listed[thread_id]
        except KeyError:
            raise Absent("places", None, thread_id) from None

    def replace(self, place: Place, new: BrowserLog | None) -> None:
        """Put another log, or none, in the place of the one that is there."""
        old, line = self.logs.get(place), self.lines.get(place)
        number, size = (line.number, line.size) if line is not None else (-1, 0)
        self._replaced[place] = (old, number, size)
        if old is not None and old.stored:
            self.checks += [["log", *place, old.number], ["size", old.number, old.size]]
            stores = ("records", "forks", "writes")
            self.ops += [["clear", store, [old.number]] for store in stores]
            self.ops.append(["delete", "logs", [*place]])
        else:
            self.checks.append(["log", *place, -1])
        self.logs[place] = new
        if new is not None:
            self.ops.append(["put", "logs", [*place], new.number])
            self.ops += new.ops
            new.ops, new.stored = [], True
        if line is not None and new is not None:
            line.number, line.size = new.number, new.size

    def _undo(self) -> None:
        """Take back what `replace` did since the last transaction."""
        for place, (log, number, size) in self._replaced.items():
            self.logs[place] = log
            if (line := self.lines.get(place)) is not None:
                line.number, line.size = number, size
        self._replaced, self.ops, self.checks = {}, [], []

    def check_line(self, place: Place, parent_id: str | None) -> None:
        """Raise ThreadConflictError if others stored steps after `parent_id`, which was ours."""
        line = self.lines.get(place)
        if line is not None and parent_id in line.overtaken:
            raise ThreadConflictError(
                f"thread {place[0]!r}: another tab stored steps after {parent_id!r} while this run"
                " went on. Nothing of this step was stored. Read the thread's state and go on from"
                " there, or keep other tabs out with `async with saver.lease(thread_id)`"
            )

    def advance(self, place: Place, log: BrowserLog, commit: Commit) -> None:
        """Note a commit of this saver."""
        line = self.lines.get(place)
        if line is None:
            line = self.lines[place] = Line()
        if commit.source not in ("update", "fork"):  # with those, a run may still go on from there
            line.tips.discard(commit.parent_id or "")
        line.tips.add(commit.id)
        line.number, line.size = log.number, log.size

    def asked_for(self, place: Place, id: str) -> None:
        """Somebody read a checkpoint by name: going on from there is a fork, and meant."""
        line = self.lines.get(place)
        if line is not None and id:
            line.overtaken.discard(id)

    # With waiting

    async def settled(self, work: Callable[[], T], thread_id: str = "", *, bulk: bool = False) -> T:
        """Do work, fetching what it finds absent, and store what it wrote, in one transaction.

        With `bulk` whole logs are fetched. Raises ThreadConflictError if others keep writing.
        """
        attempts = _ATTEMPTS
        listed: dict[str | None, list[Place]] = {}
        while True:
            self.listed = listed
            try:
                found = work()
            except Absent as absent:
                self._undo()
                await self._fetch(absent, listed, bulk)
                continue
            except BaseException:
                self._undo()
                raise
            try:
                await self.store(thread_id)
            except ThreadConflictError:
                attempts -= 1
                if not attempts:
                    raise
                listed.clear()
                continue
            return found

    async def _fetch(
        self, absent: Absent, listed: dict[str | None, list[Place]], bulk: bool
    ) -> None:
        kind, log, about, ask = absent.kind, absent.log, absent.about, self.connection.ask
        if kind == "places":
            found = await ask("places", about or "")
            listed[about] = [(thread, ns) for thread, ns in found]
        elif log is None:
            await self.look(about, "")
        elif bulk:
            ids, seqs, records, writes = await ask("whole", log.number)
            log.learn_ids(ids, seqs)
            log.learn_records(records)
            log.learn_writes(ids, writes)
            if kind == "writes":
                log.learn_writes((about,), [row for row in writes if row[0] == about])
        elif kind == "record":
            log.learn_records(await ask("fetch", log.number, about, log.want(about)))
        elif kind == "id":
            log.learn_id(about, await ask("find", log.number, about))
        elif kind == "ids":
            log.learn_ids(*await ask("ids", log.number))
        else:
            log.learn_writes((about,), await ask("storedWrites", log.number, about))
        if kind == "record" and log is not None and not log.has(about):
            for place in [place for place, other in self.logs.items() if other is log]:
                del self.logs[place]
            raise StorageError(
                f"the storage {self.connection.name!r} has lost record {about} of a thread: it was"
                " cleared, or pruned by another tab, while it was read. Read again"
            )

    async def fetch(self, absent: Absent) -> None:
        """Fetch one thing that was absent."""
        await self._fetch(absent, {}, False)

    async def look(self, place: Place, id: str) -> None:
        """Learn what a reader of a checkpoint, "" for the latest, needs; and what others wrote."""
        await self._landed(place)  # else what is refused later would look stored
        log = self.logs.get(place)
        number, asked = (log.number, log.size) if log is not None and log.stored else (-1, 0)
        line = self.lines.get(place)
        come_to = 0 if line is None else line.size
        found = await self.connection.ask("look", *place, id, number, asked)
        log = self.logs.get(place)
        if found is None:
            if log is None or log.number == number:
                self.logs[place] = None
                self._passed(place, -1, 0, come_to)
            return
        actual, size, latest, seq, wanted, forks, records, writes, any_writes = found
        if log is None or log.number != actual:
            log = self.logs[place] = BrowserLog(actual, self._codec, stored=True)
            asked = 0
        log.shrink()
        log.learn(asked, size, latest, seq, forks)
        log.learn_records(records)
        log.any_writes = log.any_writes or bool(any_writes)
        if wanted >= 0:
            log.learn_id(id or latest, wanted)
        if id:
            log.learn_writes((id,), writes)
        self._passed(place, actual, size, come_to)

    def _passed(self, place: Place, number: int, size: int, come_to: int) -> None:
        """Note a look that found `size` records, begun when `come_to` had been written here."""
        line = self.lines.get(place)
        if line is not None and (line.number != number or come_to != size):
            line.overtaken |= line.tips
            line.tips.clear()
            line.number, line.size = number, size

    async def store(self, thread_id: str, place: Place | None = None) -> None:
        """Write the journal, in one transaction: of the log of a place, or of all.

        Raises the errors of `anystep.web.errors`; nothing is stored then.
        """
        ops, checks = self.ops, self.checks
        self.ops, self.checks, self._replaced = [], [], {}
        logs = self.logs.items() if place is None else ((place, self.logs[place]),)
        for at, log in logs:
            if log is not None and log.ops:
                _move(at, log, checks, ops)
        if not ops:
            return
        about = f"thread {thread_id!r}" if thread_id else f"the storage {self.connection.name!r}"
        with self.forgetting(place):
            await self.connection.ask("write", to_js(checks), to_js(ops), about=about)

    def begin(self, place: Place) -> int:
        """Begin to write the journal of a place's log; how many steps of it are on their way.

        They are stored in their order, and what goes on top of a refused one is refused. The
        database must be open.
        """
        log, connection = self.logs[place], self.connection
        assert log is not None
        ops = log.ops
        if len(ops) == 1 and log.stored and log.size > 1:
            log.ops = []
            _, _, (number, seq), (id, before, data) = ops[0]
            connection.append(connection.handle, number, seq, id, before, to_js(data))
        else:
            checks: list[Op] = []
            ops = []
            _move(place, log, checks, ops)
            connection.module.begin(connection.handle, to_js(checks), to_js(ops))
        steps = self.flights[place].steps + 1 if place in self.flights else 1
        self.flights[place] = Flight(log.number, steps)
        return steps

    async def settle(self, place: Place) -> None:
        """Wait until the steps of a place that are on their way are stored.

        Raises the errors of `anystep.web.errors`, once: none of the steps that failed is stored.
        """
        await self._landed(place)
        self.raise_failure(place)

    def raise_failure(self, place: Place) -> None:
        """Raise what steps of a place failed with since somebody asked."""
        error = self._failures.pop(place, None)
        if error is not None:
            raise error

    async def _landed(self, place: Place) -> None:
        """Wait until nothing of a place is on its way. What failed is forgotten, but for the error."""
        while (flight := self.flights.get(place)) is not None:
            try:
                await self.connection.ask("landed", flight.number, about=f"thread {place[0]!r}")
            except Exception as error:  # noqa: BLE001  whoever goes on there raises it
                self._failures[place] = error
                self.logs.pop(place, None)
            if self.flights.get(place) is flight:
                del self.flights[place]

    @contextmanager
    def forgetting(self, place: Place | None) -> Iterator[None]:
        """Give up what is known about a place, or about all, if the body fails."""
        try:
            yield
        except BaseException:
            for gone in [place] if place is not None else [*self.logs]:
                self.logs.pop(gone, None)
            raise


def _move(place: Place, log: BrowserLog, checks: list[Op], ops: list[Op]) -> None:
    """Move a log's journal to a transaction's, with what must be true for it to be stored."""
    checks.append(["log", *place, log.number if log.stored else -1])
    if not log.stored:
        ops.append(["put", "logs", [*place], log.number])
        log.stored = True
    first = next((op[2][1] for op in log.ops if op[1] == "records"), None)
    if first is not None:
        checks.append(["size", log.number, first])
    ops += log.ops
    log.ops = []
