"""Every example runs and prints what its text says."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anystep.checkpoint.memory import InMemorySaver

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBERED = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))


def load(path: Path) -> ModuleType:
    """Import one file under its own name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where type hints are looked up
    spec.loader.exec_module(module)
    return module


def promised(module: ModuleType) -> str:
    """What the module's text says it prints: the indented block at its end."""
    assert module.__doc__ is not None
    _, block = module.__doc__.split("\nPrints:\n\n")
    return textwrap.dedent(block)


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_an_example_prints_what_it_promises(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`main()` prints the block under "Prints:" in the module's text."""
    module = load(path)
    module.main()

    assert capsys.readouterr().out == promised(module)


def test_examples_are_numbered_without_gaps_and_documented() -> None:
    """They are a series, and docs/examples.md names each of them."""
    document = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")

    assert [int(path.stem[:2]) for path in NUMBERED] == list(range(1, len(NUMBERED) + 1))
    assert set(re.findall(r"examples/(\w+\.py)", document)) == {
        path.name for path in EXAMPLES.glob("*.py")
    }


# -- the demo ------------------------------------------------------------------------


@pytest.fixture
def demo() -> Any:
    """The demo's module."""
    return load(EXAMPLES / "demo_review.py")


def test_the_demo_reviews_the_sample(demo: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes round once more for a shorter draft and takes the title it is given."""
    demo.main()
    out = capsys.readouterr().out

    assert out.startswith("split\nanalyse\n")
    assert out.count("draft") == 2
    assert "\n\nNotes of a keeper\n=================\n609 words" in out
    assert "Hardest to read" in out


def test_the_demos_script_repeats_itself(demo: Any) -> None:
    """Twice the same script is twice the same checkpoints, to the byte."""
    text, answers = demo.sample_text(), ["shorter", "Notes"]
    one = demo.run_script(demo.build(InMemorySaver()), text, answers)
    other = demo.run_script(demo.build(None), text, answers)

    assert one == other
    assert json.loads(json.dumps(one)) == one
    assert one["result"]["report"].startswith("Notes\n=====\n")
    assert len(one["archive_sha256"]) == 64


def test_the_demos_script_depends_on_the_answers(demo: Any) -> None:
    """Other answers are other checkpoints; questions nobody answers are approved."""
    text = demo.sample_text()
    approved = demo.run_script(demo.build(None), text, [])
    shorter = demo.run_script(demo.build(None), text, ["shorter"])

    assert approved == demo.run_script(demo.build(None), text, ["approve"])
    assert approved["archive_sha256"] != shorter["archive_sha256"]
    assert len(shorter["history"]) > len(approved["history"])
    assert len(shorter["result"]["draft"]) < len(approved["result"]["draft"])


def test_the_demo_takes_any_text(demo: Any) -> None:
    """Without headings there is one section, without words an empty report."""
    plain = demo.run_script(demo.build(None), "One. Two? Three!", [])
    empty = demo.run_script(demo.build(None), "", [])

    assert [f["sentences"] for f in plain["result"]["findings"]] == [3]
    assert "It asks: Two?" in plain["result"]["report"]
    assert empty["result"]["report"].startswith("Nothing\n=======\n0 words")
