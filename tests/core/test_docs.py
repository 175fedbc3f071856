"""What the documents say is true: their code runs, their output and commands are real.

A block of ```` ```python ```` is executed, in the order of the page, in one namespace a
page; top-level ``await`` works.  If the next block is ```` ```text ```` and nothing but
empty lines stands between, it is what the code prints.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORTIONS = ("core", "web", "edge", "wasi", "providers")

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL
)
TARGET = re.compile(r"(?:^|`|&& )(?:\$ )?make (?P<target>[a-z]+)\b", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
LINK = re.compile(r"\]\((?P<path>[^)#:\s]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    """A block of code, where it stands, and what it must print (None: not said)."""

    line: int
    code: str
    output: str | None


def blocks(text: str) -> list[Block]:
    """The Python blocks of a page."""
    fences = list(FENCE.finditer(text))
    found: list[Block] = []
    for fence, following in pairwise([*fences, None]):
        assert fence is not None
        if fence["info"].strip() != "python":
            continue
        output = None
        if following and not text[fence.end() : following.start()].strip():
            output = following["body"] if following["info"].strip() == "text" else None
        found.append(Block(text.count("\n", 0, fence.start()) + 1, fence["body"], output))
    return found


def executed(block: Block, page: Path, names: dict[str, Any]) -> str:
    """What a block prints, run with the names that the blocks before it left."""
    # The traceback names the page and the line in it.
    code = compile(
        "\n" * block.line + block.code,
        str(page),
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = eval(code, names)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of the page runs and prints what the page says it prints."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}

    for block in blocks(page.read_text()):
        printed = executed(block, page, names)

        if block.output is not None:
            assert block.output.strip() == printed.strip(), f"{page.name}:{block.line}"


def test_the_readme_shows_code_with_its_output() -> None:
    """The first page has at least one program and what it prints."""
    found = blocks((ROOT / "README.md").read_text())

    assert [block for block in found if block.output]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_links_exist(page: Path) -> None:
    """Every `make` target and every relative link that the page names is there."""
    text = page.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    # In prose a line may begin with "make sure": only code counts.
    code = "\n".join(match[0] for match in CODE.finditer(text))
    assert set() == {match["target"] for match in TARGET.finditer(code)} - targets
    assert [
        match["path"] for match in LINK.finditer(text) if not (page.parent / match["path"]).exists()
    ] == []


def docstring_examples() -> list[doctest.DocTest]:
    """Every example that a docstring gives after `>>>`, in public modules and private ones."""
    parser = doctest.DocTestParser()
    found: list[doctest.DocTest] = []
    for portion in PORTIONS:
        for path in sorted((ROOT / portion).rglob("*.py")):
            text = path.read_text()
            if ">>>" in text:
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                        said = ast.get_docstring(node) or ""
                        name = f"{path.relative_to(ROOT)}:{getattr(node, 'name', '')}"
                        found.append(parser.get_doctest(said, {}, name, str(path), None))
    return [example for example in found if example.examples]


def test_docstring_examples_run() -> None:
    """Every example in a docstring runs and prints what it shows."""
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report = io.StringIO()

    for example in docstring_examples():
        runner.run(example, out=report.write)

    assert not runner.failures, report.getvalue()
