"""The examples are LangGraph programs: with the imports renamed they print the same."""
# pyright: basic

import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
#: All but drawing, of which LangGraph has one form in common with us, and the agent, whose model
#: and tools are anystep's own.
OURS = ("drawing", "agent")
SHARED = [p for p in sorted(EXAMPLES.glob("[0-9][0-9]_*.py")) if not p.stem.endswith(OURS)]


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_an_example_prints_the_same_on_langgraph(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`from anystep.` becomes `from langgraph.` and nothing else changes."""
    source = path.read_text(encoding="utf-8")
    printed = []
    for engine in ("anystep", "langgraph"):
        module = ModuleType(f"{path.stem}_{engine}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        renamed = source.replace("from anystep.", f"from {engine}.")
        exec(compile(renamed, str(path), "exec"), module.__dict__)  # noqa: S102  the point
        module.main()
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]
