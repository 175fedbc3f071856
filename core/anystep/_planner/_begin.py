"""How a run begins: from an input, a command, or where its thread stopped.

Four ways lead in. A new input discards what was unfinished and starts over from the
entry; None goes on where the thread stopped; a `Command` answers, updates or sends
and then goes on; an addressed older checkpoint is forked, so that history stays.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anystep._constants import INPUT, INTERRUPT, NULL_TASK_ID, RESUME, START, TASKS
from anystep._records import Command, Send
from anystep.errors import EmptyInputError, InvalidUpdateError, UnknownInterruptError

from ._commands import Load, SaveWrites
from ._fold import fold_update
from ._program import BRANCH_TO
from ._restore import moved_since_breakpoint, restore, restore_ledger
from ._run import blame
from ._task import Task

if TYPE_CHECKING:
    from ._policy import Policy
    from ._program import Node
    from ._run import Run
    from ._task import Pairs

Begin = Generator[Any, Any, dict[str, "Pairs"]]


def begin(run: Run, policy: Policy, given: Any) -> Begin:
    """Bring `run` to its first superstep; return the stored writes by task id.

    Raises: `EmptyInputError`, `UnknownInterruptError`, `RuntimeError` for a resume
    that cannot be understood; nothing is stored then.
    """
    loaded = None
    if run.ledger is not None:
        loaded = yield [Load(run.scope.load_config(), run.scope.replayed_before())]
    stored: dict[str, Pairs] = {}
    if loaded is not None:
        loaded, migrated = run.scope.migrate(loaded)
        stored = _adopt(run, loaded)
        if migrated and run.ledger is not None:
            run.ledger.bump(migrated)
    run.stop = run.step + run.scope.recursion_limit + 1
    command = given if isinstance(given, Command) else None
    resuming = loaded is not None and run.scope.resumes(given, loaded)
    run.resuming = resuming
    if policy.guard is not None and loaded is not None and resuming:
        policy.guard.adopt(run, loaded.metadata)
    if run.scope.strict:
        from ._refuse import refuse

        refuse(run, given, loaded, stored)
    travelling = loaded is not None and run.scope.time_travels(command)
    if loaded is not None and run.scope.addressed is not None:
        newest = yield [Load(run.scope.newest_config())]
        moved = newest is not None and newest.checkpoint["id"] != loaded.checkpoint["id"]
        run.scope.superseded = moved
    if travelling:
        stored = _forget_answers(stored)
        run.scope.replay_from(_bound(run, loaded))
    if command is not None:
        yield from _obey(run, policy, command, stored, hold=resuming and travelling)
    _apply_null_writes(run, stored)
    if resuming:
        yield from _go_on(run, policy, loaded, stored, travelling)
        run.answered = run.step
        if run.scope.superseded and not travelling:
            return _only_answers(stored)
        return {} if travelling else stored
    yield from _take_input(run, policy, given)
    return {}


def _bound(run: Run, loaded: Any) -> str:
    """The checkpoint before which subgraphs find the state that they had at that time.

    A fork was made after the checkpoints of the run that it forks: its parent counts.
    """
    forked = (loaded.metadata or {}).get("source") in ("update", "fork")
    parent = run.ledger.parent_id if forked and run.ledger is not None else None
    return parent or run.checkpoint_id


def begin_afresh(run: Run, policy: Policy, given: Any) -> None:
    """Begin a run that nobody saves and that is given an input: nothing can be due.

    The only beginning that asks a driver for nothing: `begin` is for all others.
    """
    program = run.program
    run.stop = run.step + run.scope.recursion_limit + 1
    entry = program.entry
    if given.__class__ is dict and entry is not None and not policy.attended:
        _enter(run, policy, entry, given)
        return
    run.step += 1
    if program.input_channels == START and given is not None:
        run.given = given
        run.pulls = program.subscribers[START]
        return
    pairs = list(input_pairs(program.input_channels, given))
    if pairs:
        caller = run.caller(pairs)
        run.advance([caller], run.apply([caller]))
    elif run.scope.may_be_empty:
        run.step -= 1
    else:
        raise EmptyInputError(f"Received no input for {program.input_channels}")


def _enter(run: Run, policy: Policy, entry: Node, given: dict[str, Any]) -> None:
    """Do what the entry's superstep would, if all it does is write the input (measured: a fifth
    of what a run of one node costs)."""
    program, update = run.program, given
    if program.admitted is not None:
        update = {name: value for name, value in given.items() if name in program.admitted}
    try:
        fold_update(run.values, program.ops, update, in_place=True)
    except Exception as error:
        blame(error, (Task(run, entry, run.step, given),))
        raise
    run.pulls = entry.targets
    run.step += 2  # the input's, and the entry's
    if not program.output_set.isdisjoint(update):
        run.told = True
        if policy.tell_values is not None:
            policy.tell_values(run.output(program.output_keys))


def _adopt(run: Run, loaded: Any) -> dict[str, Pairs]:
    """Take over a stored checkpoint and the writes stored with it."""
    metadata = loaded.metadata or {}
    restore(run, loaded.checkpoint, metadata.get("step", -2))
    assert run.ledger is not None
    restore_ledger(run.ledger, loaded.checkpoint)
    run.ledger.loaded = dict(metadata)
    if loaded.parent_config is not None:
        run.ledger.parent_id = loaded.parent_config["configurable"].get("checkpoint_id")
    run.moved = moved_since_breakpoint(loaded.checkpoint)
    stored: dict[str, Pairs] = {}
    for task_id, channel, value in loaded.pending_writes or ():
        stored.setdefault(task_id, []).append((channel, value))
    return stored


def _forget_answers(stored: dict[str, Pairs]) -> dict[str, Pairs]:
    """Time travel asks its questions again."""
    return {
        task: kept
        for task, pairs in stored.items()
        if (kept := [(k, v) for k, v in pairs if k not in (RESUME, INTERRUPT)])
    }


def _only_answers(stored: dict[str, Pairs]) -> dict[str, Pairs]:
    """Where the thread has moved on, finished tasks run again; they know what they were told."""
    return {
        task: kept
        for task, pairs in stored.items()
        if (kept := [(k, v) for k, v in pairs if k in (RESUME, INTERRUPT)])
    }


# -- commands -----------------------------------------------------------------------


def _obey(
    run: Run, policy: Policy, command: Command[Any], stored: dict[str, Pairs], hold: bool
) -> Generator[Any, Any, None]:
    pairs = list(_command_pairs(command))
    resume = command.resume
    if resume is not None:
        if run.ledger is None:
            raise RuntimeError("Cannot use Command(resume=...) without checkpointer")
        pending = _pending_interrupts(stored)
        if _is_resume_map(resume):
            _check_answers(resume, pending, run.scope.strict_resume)
            run.answers = dict(resume)
            pairs = [(k, v) for k, v in pairs if k != RESUME]
        elif len(pending) > 1:
            _refuse_ambiguous(pending, run.scope.strict_resume)
    if not pairs and run.answers is None:
        raise EmptyInputError("Received empty Command input")
    if pairs:
        # Savers know a write by its place: what the caller wrote before keeps its own, and an
        # answer, which a later one replaces, comes last.
        known = [pair for pair in stored.get(NULL_TASK_ID, ()) if pair[0] != RESUME]
        pairs = [*known, *sorted(pairs, key=lambda pair: pair[0] == RESUME)]
        stored[NULL_TASK_ID] = pairs
        ledger = run.ledger
        if ledger is not None and not hold and ledger.saved_id is not None:
            save = SaveWrites(ledger.saved_id, NULL_TASK_ID, "", pairs)
            if policy.durability == "exit":
                ledger.held.append(save)
            else:
                yield [save]


def _command_pairs(command: Command[Any]) -> Iterator[tuple[str, Any]]:
    if command.graph == Command.PARENT:
        raise InvalidUpdateError("There is no parent graph")
    goto = command.goto
    targets = goto if isinstance(goto, (tuple, list)) else [goto]
    for target in targets if goto else ():
        if isinstance(target, Send):
            yield TASKS, target
        elif isinstance(target, str):
            yield BRANCH_TO + target, START
        else:
            raise TypeError(f"In Command.goto, expected Send/str, got {type(target).__name__}")
    if command.resume is not None:
        yield RESUME, command.resume
    if command.update:
        yield from command._update_as_tuples()  # pyright: ignore[reportPrivateUsage]  # LangGraph's name


def _is_resume_map(resume: Any) -> bool:
    """A dict of interrupt ids: 32 hexadecimal digits each. Also the empty dict."""
    return isinstance(resume, dict) and all(
        isinstance(k, str) and len(k) == 32 and not k.strip("0123456789abcdef") for k in resume
    )


def _pending_interrupts(stored: dict[str, Pairs]) -> set[str]:
    """Ids of the questions that wait for an answer."""
    pending: set[str] = set()
    for task, pairs in stored.items():
        if task == NULL_TASK_ID:
            continue
        asked: list[Any] = [i for k, v in pairs if k == INTERRUPT for i in v]
        if asked and not any(k not in (INTERRUPT, RESUME) for k, _ in pairs):
            pending.update(interrupt.id for interrupt in asked)
    return pending


def _check_answers(resume: Mapping[str, Any], pending: set[str], strict: bool) -> None:
    if not strict:
        return
    if not resume:
        raise UnknownInterruptError(
            "The resume map names no interrupt",
            reason="empty_map",
            pending_ids=sorted(pending),
        )
    unknown = sorted(resume.keys() - pending)
    if unknown:
        raise UnknownInterruptError(
            f"Unknown or already-consumed interrupt: {unknown[0]}",
            reason="not_pending",
            interrupt_ids=unknown,
            pending_ids=sorted(pending),
        )


def _refuse_ambiguous(pending: set[str], strict: bool) -> None:
    message = (
        "When there are multiple pending interrupts, you must specify the interrupt id "
        "when resuming. Docs: https://docs.langchain.com/oss/python/langgraph/interrupts"
        "#handling-multiple-interrupts."
    )
    if strict:
        raise UnknownInterruptError(message, reason="ambiguous", pending_ids=sorted(pending))
    raise RuntimeError(message)


# -- going on ------------------------------------------------------------------------


def _apply_null_writes(run: Run, stored: dict[str, Pairs]) -> None:
    """Apply what a caller wrote without a task: a Command's update and goto."""
    pairs = stored.get(NULL_TASK_ID)
    if not pairs:
        return
    for name, value in pairs:
        if name == RESUME:
            run.answer = value
    caller = run.caller([(k, v) for k, v in pairs if k != RESUME])
    if caller.restored:
        written = run.apply([caller])
        before = (run.pulls, run.sends, run.ready)
        run.advance([caller], written)
        run.pulls = tuple(dict.fromkeys([*before[0], *run.pulls]))
        run.ready = tuple(dict.fromkeys([*before[2], *run.ready]))
        run.sends = [*before[1], *run.sends]
        if run.ledger is not None:
            run.ledger.after(run, (), written, False)


def _go_on(
    run: Run, policy: Policy, loaded: Any, stored: dict[str, Pairs], travelling: bool
) -> Generator[Any, Any, None]:
    ledger = run.ledger
    assert ledger is not None
    ledger.pass_breakpoint()
    run.moved = False
    if travelling and (
        (loaded.metadata or {}).get("source") not in ("update", "fork") or run.scope.superseded
    ):
        ledger.source = "fork"
        ledger.parent_id = ledger.saved_id
        run.known_id = None
        run.step += 1
        if policy.durability != "exit":
            yield [ledger.commit(run, full=True)]
    run.told = True
    if policy.tell_values is not None:
        policy.tell_values(run.output(run.program.output_keys))


def _take_input(run: Run, policy: Policy, given: Any) -> Generator[Any, Any, None]:
    program = run.program
    pairs = list(input_pairs(program.input_channels, given))
    if not pairs:
        if not run.scope.may_be_empty:
            raise EmptyInputError(f"Received no input for {program.input_channels}")
        return
    ledger = run.ledger
    due = run.pulls or run.sends or run.ready
    if ledger is None and program.input_channels == START and not due:
        run.given = given  # nothing was due and nobody counts: straight to the first node
        run.pulls = program.subscribers[START]
        run.step += 1
        return
    discarded = run.prepare() if due else []
    used: list[str] = []
    had_sends = bool(run.sends)
    if ledger is not None:
        used = ledger.before(run, discarded)
        ledger.saw(INPUT, ())
    elif run.barriers:
        run.open_joins(discarded)
    caller = run.caller(pairs)
    written = run.apply([caller])
    run.forget_due()
    waiting = set(run.deferred)
    run.advance([caller], written)
    if waiting and not run.pulls:
        run.deferred.update(dict.fromkeys(waiting))
        run.ready = [index for index in run.ready if index not in waiting]
    run.step += 1
    if ledger is not None:
        ledger.after(run, used, written, had_sends)
        ledger.source = "input"
        ledger.parent_id = ledger.saved_id
        run.known_id = None
        if policy.durability != "exit":
            yield [ledger.commit(run, full=ledger.parent_id is None or not policy.native)]


def input_pairs(channels: str | Sequence[str], given: Any) -> Iterator[tuple[str, Any]]:
    if given is None:
        return
    if isinstance(channels, str):
        yield channels, given
        return
    if not isinstance(given, dict):
        raise TypeError(f"Expected chunk to be a dict, got {type(given).__name__}")
    for name, value in given.items():
        if name in channels:
            yield name, value


__all__ = ["begin", "begin_afresh", "input_pairs"]
