"""Channels take a step's writes, give values, and can be stored."""

from __future__ import annotations

import collections.abc
import operator
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NotRequired, TypedDict

import pytest

from anystep._record import MISSING
from anystep._records import DeltaSnapshot, Overwrite
from anystep.channels import (
    AnyValue,
    BaseChannel,
    BinaryOperatorAggregate,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
    RingBuffer,
    Topic,
    UntrackedValue,
)
from anystep.channels._reducer import fold_of, folding, same_reducer
from anystep.checkpoint.memory import InMemorySaver
from anystep.errors import EmptyChannelError, InvalidUpdateError
from anystep.graph import START, StateGraph

pytestmark = pytest.mark.host


def extend(value: list[int], writes: list[list[int]]) -> list[int]:
    """A batch reducer."""
    return [*value, *(item for write in writes for item in write)]


def all_channels() -> list[BaseChannel[Any, Any, Any]]:
    """One of each, empty, keyed."""
    channels: list[BaseChannel[Any, Any, Any]] = [
        AnyValue(int),
        BinaryOperatorAggregate(list, operator.add),
        DeltaChannel(extend),
        EphemeralValue(int),
        LastValue(int),
        LastValueAfterFinish(int),
        NamedBarrierValue(str, {"a"}),
        NamedBarrierValueAfterFinish(str, {"a"}),
        RingBuffer(int, 3),
        Topic(int),
        UntrackedValue(int),
    ]
    for channel in channels:
        channel.key = "k"
    return channels


def write_for(channel: BaseChannel[Any, Any, Any]) -> Any:
    """A write the channel can take."""
    if "Barrier" in type(channel).__name__:
        return "a"
    return [1] if "Aggregate" in type(channel).__name__ or "Delta" in type(channel).__name__ else 1


def kind(channel: object) -> str:
    """The class's name."""
    return type(channel).__name__


@pytest.mark.parametrize("channel", all_channels(), ids=kind)
def test_a_copy_has_the_content_and_a_life_of_its_own(channel: BaseChannel[Any, Any, Any]) -> None:
    """Writing to the copy leaves the original as it was."""
    channel.update([write_for(channel)])
    channel.finish()
    before = channel.checkpoint()
    twin = channel.copy()

    assert type(twin) is type(channel)
    assert twin == channel
    assert (twin.key, twin.typ) == (channel.key, channel.typ)
    assert twin.is_available() == channel.is_available()

    twin.update([write_for(channel)])
    twin.consume()

    assert channel.checkpoint() == before


@pytest.mark.parametrize("channel", all_channels(), ids=kind)
def test_a_checkpoint_restores_the_channel(channel: BaseChannel[Any, Any, Any]) -> None:
    """And the restored channel shares no container with the checkpoint."""
    empty = channel.from_checkpoint(MISSING)
    channel.update([write_for(channel)])
    channel.finish()
    stored = channel.checkpoint()
    restored = channel.from_checkpoint(stored)

    assert empty.key == restored.key == "k"
    if stored is not MISSING:
        assert restored.is_available()
        assert restored.get() == channel.get()
    kept = repr(stored)

    restored.consume()
    restored.update([write_for(channel)])
    restored.update([])

    assert repr(stored) == kept


@pytest.mark.parametrize("channel", all_channels(), ids=kind)
def test_an_empty_channel_cannot_be_read(channel: BaseChannel[Any, Any, Any]) -> None:
    """`get` raises exactly where `is_available` is false."""
    if channel.is_available():
        channel.get()
    else:
        with pytest.raises(EmptyChannelError):
            channel.get()


@pytest.mark.parametrize("channel", all_channels(), ids=kind)
def test_no_writes_change_nothing_in_an_empty_channel(channel: BaseChannel[Any, Any, Any]) -> None:
    """And it says so."""
    assert channel.update([]) is False


@pytest.mark.parametrize("channel", all_channels(), ids=kind)
def test_channels_have_no_hash(channel: BaseChannel[Any, Any, Any]) -> None:
    """They compare by kind, and change."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(channel)


def test_the_last_value_is_one_per_step() -> None:
    """Two writes in a step have no order."""
    channel = LastValue[Any](int, "k")

    assert channel.update([1]) is True
    assert channel.update([]) is False
    assert channel.get() == 1
    assert (channel.ValueType, channel.UpdateType) == (int, int)
    with pytest.raises(
        InvalidUpdateError, match="At key 'k': Can receive only one value per step"
    ) as caught:
        channel.update([1, 2])
    assert caught.value.code == "INVALID_CONCURRENT_GRAPH_UPDATE"


def test_any_value_lives_for_a_step() -> None:
    """The last of several; nothing written clears it."""
    channel = AnyValue[Any](int)

    assert channel.update([1, 2]) is True
    assert channel.get() == 2
    assert channel.update([]) is True
    assert not channel.is_available()


def test_an_ephemeral_value_lives_for_a_step() -> None:
    """One write with a guard, the last of several without."""
    guarded = EphemeralValue[int](int)
    open_ = EphemeralValue[int](int, guard=False)

    assert guarded.update([1]) is True
    assert guarded.update([]) is True
    assert not guarded.is_available()
    with pytest.raises(InvalidUpdateError, match=r"EphemeralValue\(guard=True\)"):
        guarded.update([1, 2])
    assert open_.update([1, 2]) is True
    assert open_.get() == 2
    assert guarded != open_


def test_an_untracked_value_is_never_stored() -> None:
    """It stays through the run, and is not in the checkpoint."""
    channel = UntrackedValue[Any](object)
    channel.update([1])

    assert channel.update([]) is False
    assert channel.get() == 1
    assert channel.checkpoint() is MISSING
    assert not channel.from_checkpoint(5).is_available()
    with pytest.raises(InvalidUpdateError, match=r"UntrackedValue\(guard=True\)"):
        channel.update([1, 2])
    assert UntrackedValue[int](int, guard=False).update([1, 2]) is True


def test_a_deferred_value_waits_for_the_end_of_the_run() -> None:
    """Readable after finish, gone after being read."""
    channel = LastValueAfterFinish[Any](int)

    assert channel.finish() is False
    channel.update([1, 2])
    assert not channel.is_available()
    assert channel.consume() is False
    assert channel.finish() is True
    assert channel.finish() is False
    assert channel.get() == 2
    assert channel.checkpoint() == (2, True)
    assert channel.consume() is True
    assert channel.checkpoint() is MISSING


def test_a_topic_starts_anew_each_step() -> None:
    """Lists are flattened; what one reads is a copy."""
    topic = Topic[Any](int)

    assert topic.update([1, [2, 3]]) is True
    assert topic.get() == [1, 2, 3]
    assert topic.update([4]) is True
    assert topic.get() == [4]
    assert topic.update([]) is True
    assert topic.update([[]]) is False
    assert not topic.is_available()
    topic.update([5])
    assert topic.get() is not topic.values


def test_a_ring_buffer_keeps_the_newest() -> None:
    """Lists are flattened; a buffer restored into a smaller one lets go of the oldest."""
    buffer = RingBuffer[Any](int, 3)

    assert buffer.update([1, [2, 3]]) is True
    assert buffer.update([4]) is True
    assert buffer.get() == [2, 3, 4]
    assert buffer.update([]) is False
    assert RingBuffer[Any](int, 2).from_checkpoint(buffer.checkpoint()).get() == [3, 4]
    with pytest.raises(ValueError, match="1 or more: 0"):
        RingBuffer(int, 0)


def test_a_ring_buffer_is_state() -> None:
    """Declared like any channel; a thread keeps it between runs."""

    class State(TypedDict, total=False):
        seen: Annotated[list[int], RingBuffer(int, 2)]

    builder = StateGraph(State).add_node("a", lambda s: {"seen": len(s["seen"]) * 10})
    app = builder.add_edge(START, "a").compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}

    assert app.invoke({"seen": [1, 2, 3]}, config) == {"seen": [3, 20]}
    assert app.invoke({"seen": [4]}, config) == {"seen": [4, 20]}


def test_an_accumulating_topic_keeps_everything() -> None:
    """Over steps without writes, too."""
    topic = Topic[Any](int, accumulate=True)
    topic.update([1])

    assert topic.update([]) is False
    assert topic.update([[2]]) is True
    assert topic.get() == [1, 2]
    assert Topic(int) != topic
    assert topic.ValueType == collections.abc.Sequence[int]
    assert topic.UpdateType == int | list[int]


def test_a_topic_reads_old_checkpoints() -> None:
    """LangGraph once stored what it had seen beside the values."""
    assert Topic(int).from_checkpoint(({1}, [1, 2])).get() == [1, 2]


def test_a_barrier_opens_when_every_name_was_written() -> None:
    """Over several steps; then it starts over."""
    barrier = NamedBarrierValue[str](str, {"a", "b"})
    barrier.key = "join"

    assert barrier.update(["a", "a"]) is True
    assert barrier.update(["a"]) is False
    assert barrier.update([]) is False
    assert barrier.consume() is False
    assert barrier.update(["b"]) is True
    assert barrier.get() is None
    assert barrier.consume() is True
    assert not barrier.is_available()
    with pytest.raises(InvalidUpdateError, match="At key 'join': Value c not in"):
        barrier.update(["c"])
    assert barrier != NamedBarrierValue(str, {"a"})
    assert (barrier.ValueType, barrier.UpdateType) == (str, str)


def test_a_deferred_barrier_also_waits_for_the_end_of_the_run() -> None:
    """Opened by finish, closed by being read."""
    barrier = NamedBarrierValueAfterFinish(str, {"a"})

    assert barrier.finish() is False
    barrier.update(["a"])
    assert not barrier.is_available()
    assert barrier.consume() is False
    assert barrier.finish() is True
    assert barrier.finish() is False
    assert barrier.checkpoint() == ({"a"}, True)
    assert barrier.get() is None
    assert barrier.consume() is True
    assert barrier.checkpoint() == (set(), False)
    assert barrier != NamedBarrierValue(str, {"a"})


STARTS: list[tuple[Any, Any]] = [
    (int, 0),
    (list[int], []),
    (Annotated[list[int], "remark"], []),
    (NotRequired[dict[str, int]], {}),
    (collections.abc.Sequence, []),
    (collections.abc.MutableSet[int], set()),
    (collections.abc.Mapping[str, int], {}),
]


@pytest.mark.parametrize(
    ("typ", "start"),
    STARTS,
)
def test_a_merged_value_starts_empty(typ: Any, start: Any) -> None:
    """As what its type makes without arguments."""
    assert BinaryOperatorAggregate(typ, operator.add).get() == start


@pytest.mark.parametrize("typ", [int | str, Any, collections.abc.Callable, "name"])
def test_a_type_without_an_empty_value_starts_with_the_first_write(typ: Any) -> None:
    """Which is not handed to the operator."""
    channel = BinaryOperatorAggregate[Any](typ, operator.add)

    assert not channel.is_available()
    channel.update([1, 2])
    assert channel.get() == 3


def test_writes_are_merged_in_order() -> None:
    """From the value so far, one after the other."""
    channel = BinaryOperatorAggregate[Any](str, lambda old, new: f"({old}{new})")

    assert channel.update(["a", "b"]) is True
    assert channel.update([]) is False
    assert channel.get() == "((a)b)"


@pytest.mark.parametrize(
    "overwrite",
    [Overwrite([9]), {"__overwrite__": [9]}, {"type": "__overwrite__", "value": [9]}],
)
def test_an_overwrite_takes_the_place_of_everything(overwrite: Any) -> None:
    """Of the value, and of the step's other writes on either side; also where there is no value."""
    channel = BinaryOperatorAggregate[Any](list, operator.add)
    channel.update([[1]])
    empty = BinaryOperatorAggregate[Any](Any, operator.add)

    channel.update([[2], overwrite, [3]])
    empty.update([overwrite, [3]])

    assert channel.get() == [9]
    assert empty.get() == [9]


@pytest.mark.parametrize("value", [{"__overwrite__": 1, "b": 2}, {"type": "__overwrite__"}, {}])
def test_a_dict_that_only_looks_like_an_overwrite_is_a_write(value: Any) -> None:
    """All of the form is needed."""
    channel = BinaryOperatorAggregate[Any](dict, lambda old, new: old | new)
    channel.update([{"a": 1}, value])

    assert channel.get() == {"a": 1, **value}


MERGING: list[Any] = [BinaryOperatorAggregate(list, operator.add), DeltaChannel(extend)]


@pytest.mark.parametrize("channel", MERGING, ids=kind)
def test_two_overwrites_in_a_step_are_an_error(channel: BaseChannel[Any, Any, Any]) -> None:
    """And leave the value as it was."""
    channel.update([[1]])

    with pytest.raises(InvalidUpdateError, match="only one Overwrite value per super-step"):
        channel.update([[2], Overwrite([3]), Overwrite([4])])
    assert channel.get() == [1]


def test_a_failing_reducer_leaves_the_value() -> None:
    """Half a step is never visible."""
    channel = BinaryOperatorAggregate[Any](int, operator.add)
    channel.update([1])

    with pytest.raises(TypeError):
        channel.update([1, "x"])
    assert channel.get() == 1


def test_a_reducer_may_have_a_faster_way_to_take_many() -> None:
    """Used for more than one write, with the same result."""
    calls: list[int] = []

    def fold(value: Any, writes: Any) -> Any:
        calls.append(len(writes))
        return sum(writes, start=value)

    @folding(fold)
    def add(old: int, new: int) -> int:
        return old + new

    channel = BinaryOperatorAggregate[Any](int, add)
    channel.update([1])
    channel.update([2, 3])

    assert channel.get() == 6
    assert calls == [2]
    assert fold_of(add) is fold
    assert fold_of(max) is None


@pytest.mark.parametrize(
    ("start", "writes"),
    [([1], [[2], [3, 4]]), ([1], [[2], []]), ("a", ["b", "c"]), (1, [2, 3]), ((1,), [(2,)])],
)
def test_adding_many_equals_adding_one_by_one(start: Any, writes: list[Any]) -> None:
    """Lists are joined in one go, and none of the given ones changes."""
    fold = fold_of(operator.add)
    expected = start
    for write in writes:
        expected = expected + write
    before = repr((start, writes))

    assert fold is not None
    assert fold(start, writes) == expected
    assert repr((start, writes)) == before


def test_the_same_key_may_be_declared_twice_with_the_same_reducer() -> None:
    """By identity; lambdas all count as one, partials by their parts."""
    unnamed: Callable[[int, int], int] = lambda old, new: max(old, new)

    assert same_reducer(max, max)
    assert not same_reducer(max, min)
    assert same_reducer(unnamed, min)
    assert same_reducer(partial(max, key=len), partial(max, key=len))
    assert not same_reducer(partial(max, key=len), partial(max, key=repr))
    assert BinaryOperatorAggregate(int, max) == BinaryOperatorAggregate(float, max)
    assert BinaryOperatorAggregate(int, max) != BinaryOperatorAggregate(int, min)


def test_a_merged_value_reads_a_snapshot() -> None:
    """A thread may have been saved while the key was a delta channel."""
    channel = BinaryOperatorAggregate[Any](list, operator.add)

    assert channel.from_checkpoint(DeltaSnapshot([1])).get() == [1]


def test_a_delta_channel_is_rebuilt_from_its_writes() -> None:
    """The value after replaying equals the value after the steps."""
    live = DeltaChannel[list[int]](extend)
    replayed = live.from_checkpoint(MISSING)
    live.update([[1], [2]])
    live.update([[3]])

    replayed.replay_writes([("t", "k", [1]), ("t", "k", [2]), ("u", "k", [3])])

    assert live.get() == replayed.get() == [1, 2, 3]
    assert live.checkpoint() is MISSING
    assert live.from_checkpoint(DeltaSnapshot([5])).get() == [5]
    assert live.from_checkpoint([6]).get() == [6]


def test_replaying_starts_over_at_an_overwrite() -> None:
    """None stands for an empty value."""
    channel = DeltaChannel[list[int]](extend).from_checkpoint(DeltaSnapshot([0]))
    given = [7]

    channel.replay_writes([])
    assert channel.get() == [0]
    channel.replay_writes([("t", "k", [1]), ("t", "k", Overwrite(given)), ("t", "k", [8])])
    assert channel.get() == [7, 8]
    channel.replay_writes([("t", "k", Overwrite(None))])
    assert channel.get() == []
    assert given == [7]


def test_an_overwrite_of_a_delta_channel_is_copied() -> None:
    """The reducer may change the value in place; the write was saved."""
    channel = DeltaChannel[list[int]](extend, list)
    given = [7]
    channel.update([Overwrite(given), [1]])

    assert channel.get() == [7]
    assert channel.get() is not given
    channel.update([Overwrite(None)])
    assert channel.get() == []


def test_delta_channels_differ_by_reducer_and_frequency() -> None:
    """A frequency is one or more."""
    assert DeltaChannel(extend) == DeltaChannel(extend)
    assert DeltaChannel(extend) != DeltaChannel(max)
    assert DeltaChannel(extend) != DeltaChannel(extend, snapshot_frequency=2)
    assert DeltaChannel(extend, collections.abc.Mapping[str, int]).typ is dict
    with pytest.raises(ValueError, match="must be a positive int, got 0"):
        DeltaChannel(extend, snapshot_frequency=0)


def test_a_channel_of_one_s_own_needs_only_the_abstract_methods() -> None:
    """Copy, checkpoint and availability follow from `get` and `from_checkpoint`."""

    class Last(BaseChannel[int, int, int]):
        value: Any = MISSING

        @property
        def ValueType(self) -> type[int]:
            return int

        @property
        def UpdateType(self) -> type[int]:
            return int

        def from_checkpoint(self, checkpoint: Any) -> Last:
            twin = Last(self.typ, self.key)
            twin.value = checkpoint
            return twin

        def get(self) -> Any:
            if self.value is MISSING:
                raise EmptyChannelError
            return self.value

        def update(self, values: Any) -> bool:
            self.value = values[-1] if values else self.value
            return bool(values)

    channel = Last(int, "k")

    assert channel.checkpoint() is MISSING
    assert not channel.is_available()
    channel.update([1])
    assert channel.copy().get() == 1
    assert channel.is_available()
    assert (channel.consume(), channel.finish()) == (False, False)
