"""Bringing a stored state into the shape that the program knows today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep.errors import SchemaVersionError

from ._scope import SCHEMA_VERSION

if TYPE_CHECKING:
    from anystep._run_policy import RunPolicy


def migrate(policy: RunPolicy, loaded: Any) -> tuple[Any, list[str]]:
    """`loaded` with its state taken to `policy.schema_version`, one version at a time.

    A migration gets the state's values as a dict of its own and returns them. What is due,
    what finished tasks have written, and an input nobody has read yet, stay as they are.

    Raises: `SchemaVersionError` for a state from a newer program, or one that is too old.
    """
    stored = int((loaded.metadata or {}).get(SCHEMA_VERSION, 1))
    known = policy.schema_version
    if stored == known:
        return loaded, []
    thread = loaded.config["configurable"].get("thread_id")
    if stored > known:
        raise SchemaVersionError(
            f"The state of thread {thread!r} has schema version {stored}, and this program knows "
            f"{known}: run it with a newer version of the program.",
            stored=stored,
            known=known,
        )
    kept = loaded.checkpoint["channel_values"]
    before = {name: value for name, value in kept.items() if _is_state(name)}
    if not before:  # the thread has an input, and no state yet
        return loaded, []
    values = dict(before)
    for version in range(stored, known):
        step = policy.migrations.get(version)
        if step is None:
            raise SchemaVersionError(
                f"The state of thread {thread!r} has schema version {stored}, and no migration "
                f"leads from {version} to {version + 1}: add one to RunPolicy(migrations=...).",
                stored=stored,
                known=known,
            )
        values = step(values)
        if not isinstance(values, dict):
            raise TypeError(
                f"The migration from schema version {version} returned {type(values).__name__}: "
                "it must return the state as a dict."
            )
    others = {name: value for name, value in kept.items() if not _is_state(name)}
    names = {*before, *values}
    changed = sorted(n for n in names if before.get(n) is not values.get(n))
    checkpoint = {**loaded.checkpoint, "channel_values": {**others, **values}}
    versions = dict(checkpoint["channel_versions"])
    newest = max(versions.values()) if versions else None
    if newest is not None:
        for name in changed:
            versions.setdefault(name, newest)
    checkpoint["channel_versions"] = versions
    return loaded._replace(checkpoint=checkpoint), changed


def _is_state(channel: str) -> bool:
    return not channel.startswith(("__", "branch:", "join:"))
