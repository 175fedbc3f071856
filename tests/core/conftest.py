"""Core is tested as a program without LangChain has it, whatever other tests have imported."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def _without_langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget LangChain for a test: its being imported decides whose messages text becomes."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "langchain_core"]:
        monkeypatch.delitem(sys.modules, name)
