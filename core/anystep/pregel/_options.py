"""What type checkers know of the keyword arguments of `invoke`: no run needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from anystep.runtime import RunControl


class RunOptions(TypedDict, total=False):
    """What `invoke` takes besides input, config, context and version."""

    stream_mode: Any
    print_mode: Any
    output_keys: str | Sequence[str] | None
    interrupt_before: Any
    interrupt_after: Any
    durability: Any
    control: RunControl | None
    debug: bool | None
