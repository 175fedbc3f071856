"""The checkpoint saver's interface and the shapes it exchanges; write a saver from here."""

from typing import TYPE_CHECKING, Any

from anystep._constants import ERROR, INTERRUPT, RESUME, SCHEDULED
from anystep.checkpoint.base._saver import BaseCheckpointSaver
from anystep.checkpoint.base._shapes import (
    EXCLUDED_METADATA_KEYS,
    LATEST_VERSION,
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    PendingWrite,
    V,
    copy_checkpoint,
    create_checkpoint,
    empty_checkpoint,
    get_checkpoint_id,
    get_checkpoint_metadata,
    get_serializable_checkpoint_metadata,
    writes_sort_key,
)
from anystep.checkpoint.serde.base import SerializerProtocol, maybe_add_typed_methods
from anystep.checkpoint.serde.types import ChannelProtocol
from anystep.errors import EmptyChannelError

if TYPE_CHECKING:
    from anystep.checkpoint.base.id import uuid6
    from anystep.checkpoint.serde.encrypted import EncryptedSerializer
    from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = [
    "ERROR",
    "EXCLUDED_METADATA_KEYS",
    "INTERRUPT",
    "LATEST_VERSION",
    "RESUME",
    "SCHEDULED",
    "WRITES_IDX_MAP",
    "BaseCheckpointSaver",
    "ChannelProtocol",
    "ChannelVersions",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "DeltaChannelHistory",
    "EmptyChannelError",
    "EncryptedSerializer",
    "JsonPlusSerializer",
    "PendingWrite",
    "SerializerProtocol",
    "V",
    "copy_checkpoint",
    "create_checkpoint",
    "empty_checkpoint",
    "get_checkpoint_id",
    "get_checkpoint_metadata",
    "get_serializable_checkpoint_metadata",
    "maybe_add_typed_methods",
    "uuid6",
    "writes_sort_key",
]


def __getattr__(name: str) -> Any:
    """What costs an import of its own, imported when first asked for."""
    if name == "uuid6":
        from anystep.checkpoint.base.id import uuid6

        return uuid6
    if name == "JsonPlusSerializer":
        from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer

        return JsonPlusSerializer
    if name == "EncryptedSerializer":
        from anystep.checkpoint.serde.encrypted import EncryptedSerializer

        return EncryptedSerializer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
