"""How a node is run: retries, time limits, caching and tracing."""

from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, final

from anystep._record import FrozenRecord, set_field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from typing_extensions import TypeVar as TypeVarWithDefault

    KeyFuncT = TypeVarWithDefault(
        "KeyFuncT", bound=Callable[..., str | bytes], default=Callable[..., str | bytes]
    )
else:
    KeyFuncT = TypeVar("KeyFuncT")

_PUBLIC = "anystep.types"  # where users import these from, so where repr and pickle name them


def default_retry_on(exc: Exception) -> bool:
    """Whether trying again may help: not after a mistake in the program, yes after a lost connection.

    An HTTP error of httpx or requests is worth another try if the server is to blame (5xx), or
    never answered.
    """
    import sys

    if isinstance(exc, ConnectionError):
        return True
    # An error of a library can only exist if the library was imported: no import needed to ask.
    for library, error in (("httpx", "HTTPStatusError"), ("requests", "HTTPError")):
        cls = getattr(sys.modules.get(library), error, None)
        if cls is not None and isinstance(exc, cls):
            response: Any = getattr(exc, "response", None)
            if response is None:
                return True
            status: int = response.status_code
            return 500 <= status < 600
    return not isinstance(
        exc,
        (
            ValueError,
            TypeError,
            ArithmeticError,
            ImportError,
            LookupError,
            NameError,
            SyntaxError,
            RuntimeError,
            ReferenceError,
            StopIteration,
            StopAsyncIteration,
            OSError,
        ),
    )


class RetryPolicy(NamedTuple):
    """When and how often to run a failed node again.

    After the n-th failure it waits `initial_interval * backoff_factor**(n - 1)` seconds, at most
    `max_interval`, plus up to a second if `jitter`. `max_attempts` counts the first. `retry_on` is
    an exception type, several, or a predicate.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: "type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool]" = (
        default_retry_on
    )


RetryPolicy.__module__ = _PUBLIC


def _default_cache_key(*args: Any, **kwargs: Any) -> bytes:
    """Equal for equal arguments, whatever the order of their mappings' keys."""
    from anystep._cache_key import default_cache_key

    return default_cache_key(args, kwargs)


class CachePolicy(FrozenRecord, Generic[KeyFuncT]):
    """Reuse a node's writes for an equal input.

    `key_func` turns the input into a str or bytes; `ttl` is how many seconds an entry lives, None
    for ever.
    """

    __slots__ = ("key_func", "ttl")
    __module__ = _PUBLIC
    key_func: KeyFuncT
    ttl: int | None

    def __init__(
        self,
        *,
        key_func: KeyFuncT = _default_cache_key,  # type: ignore[assignment]
        ttl: int | None = None,
    ) -> None:
        set_field(self, "key_func", key_func)
        set_field(self, "ttl", ttl)


class TracePolicy(FrozenRecord):
    """What tracing callbacks see of a node: its input and output passed through these functions.

    They change only the record of the node's own run, not what the node gets or returns, nor the
    records of runs it starts: they are no way to hide secrets.
    """

    __slots__ = ("process_inputs", "process_outputs")
    __module__ = _PUBLIC
    process_inputs: "Callable[[Any], Any] | None"
    process_outputs: "Callable[[Any], Any] | None"

    def __init__(
        self,
        *,
        process_inputs: "Callable[[Any], Any] | None" = None,
        process_outputs: "Callable[[Any], Any] | None" = None,
    ) -> None:
        set_field(self, "process_inputs", process_inputs)
        set_field(self, "process_outputs", process_outputs)


def omit_payload(_value: Any) -> dict[str, Any]:
    """For a `TracePolicy`: record nothing of the value."""
    return {}


@final
class TimeoutPolicy(FrozenRecord):
    """How long one attempt of a node may take. Async nodes only; times are seconds, above zero.

    `run_timeout` is the hard limit of an attempt. `idle_timeout` is how long it may go without a
    sign of progress; with `refresh_on="auto"` writes, streamed output and the calls it makes are
    such signs, with `"heartbeat"` only `runtime.heartbeat()` is.
    """

    __slots__ = ("idle_timeout", "refresh_on", "run_timeout")
    __module__ = _PUBLIC
    run_timeout: "float | timedelta | None"
    idle_timeout: "float | timedelta | None"
    refresh_on: Literal["auto", "heartbeat"]

    def __init__(
        self,
        *,
        run_timeout: "float | timedelta | None" = None,
        idle_timeout: "float | timedelta | None" = None,
        refresh_on: Literal["auto", "heartbeat"] = "auto",
    ) -> None:
        set_field(self, "run_timeout", run_timeout)
        set_field(self, "idle_timeout", idle_timeout)
        set_field(self, "refresh_on", refresh_on)

    @classmethod
    def coerce(cls, value: "float | timedelta | TimeoutPolicy | None") -> "TimeoutPolicy | None":
        """`value` as a policy whose times are floats of seconds, or None where nothing is limited.

        A bare number or timedelta is a `run_timeout`. Raises ValueError for times that are not
        above zero and for an unknown `refresh_on`.
        """
        if value is None:
            return None
        policy = value if isinstance(value, TimeoutPolicy) else cls(run_timeout=value)
        if policy.refresh_on not in ("auto", "heartbeat"):
            raise ValueError("refresh_on must be 'auto' or 'heartbeat'")
        run = _seconds(policy.run_timeout, "run_timeout")
        idle = _seconds(policy.idle_timeout, "idle_timeout")
        if run is None and idle is None:
            return None
        if run is policy.run_timeout and idle is policy.idle_timeout:
            return policy
        return cls(run_timeout=run, idle_timeout=idle, refresh_on=policy.refresh_on)


def _seconds(value: "float | timedelta | None", name: str) -> float | None:
    if value is None:
        return None
    # A timedelta is known by its method: importing datetime to ask would cost the import budget.
    given: Any = value
    seconds: float = given.total_seconds() if hasattr(given, "total_seconds") else float(given)
    if not seconds > 0:
        raise ValueError(f"{name} must be greater than 0")
    return seconds
