"""What the event stream does where no event loop runs.

Not marked for the hosts: in a browser there always is one.
"""

from __future__ import annotations

import pytest

from anystep.stream.transformers import ValuesTransformer


def test_scheduling_needs_a_loop() -> None:
    """Without an event loop `schedule` raises and leaves no coroutine behind."""

    async def never() -> None: ...

    with pytest.raises(RuntimeError, match="requires a running event loop"):
        ValuesTransformer().schedule(never())
