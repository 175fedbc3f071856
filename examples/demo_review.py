"""Review a document: the graph that `make demo`, the site and every host's tests run.

The text is split into sections, every section is analysed in a task of its own, the findings
come together in a report, and a person decides: approve it, ask for a shorter one (the graph
goes round once more), or give it another title.

    python examples/demo_review.py [FILE]

The nodes are ordinary functions over ordinary dicts. They read no clock and no file, so the
same text and the same answers give the same checkpoints, to the byte, wherever they run.
"""

import hashlib
import operator
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypedDict

from anystep.checkpoint.memory import InMemorySaver
from anystep.graph import END, START, StateGraph
from anystep.host import Host, use_host
from anystep.types import Command, Send, interrupt

THREAD = "demo"
CONFIG: Any = {"configurable": {"thread_id": THREAD}}
APPROVE, SHORTER = "approve", "shorter"
#: How many terms and questions a report shows, from the first draft to the shortest.
DETAIL = (6, 3, 1)

#: Words too common to be terms.
COMMON_WORDS = """
    a about above after again all am an and any are as at be because been before below between
    both but by can could did do does done down each even every few for from had has have he her
    here him his how i if in into is it its itself just know me more most my never no nobody none
    nor not nothing now of off on once one only or other our out over own same say she should so
    some such than that the their them then there these they this those though three through to too
    twice two under until up us used very was we were what when where which while who whom why will
    with worse would you your
"""


class Section(TypedDict):
    """A part of the text, as a task gets it."""

    number: int
    heading: str
    body: str


class Finding(TypedDict):
    """What one task found out about its section."""

    number: int
    heading: str
    words: int
    sentences: int
    ease: float
    terms: dict[str, int]
    questions: list[str]


class Review(TypedDict, total=False):
    """The state: one key per thing that is known, findings collected from all tasks."""

    text: str
    sections: list[Section]
    findings: Annotated[list[Finding], operator.add]
    title: str
    round: int
    draft: str
    decision: str
    report: str


# -- the nodes ---------------------------------------------------------------------


def split(state: Review) -> Review:
    """Cut the text at its headings; a text without any is one section."""
    sections: list[Section] = []
    heading, lines = "Opening", list[str]()
    for line in [*state["text"].splitlines(), "# "]:
        if not line.startswith("# "):
            lines.append(line)
            continue
        if body := " ".join(" ".join(lines).split()):
            sections.append({"number": len(sections) + 1, "heading": heading, "body": body})
        heading, lines = line[2:].strip(), []
    sections = sections or [{"number": 1, "heading": "Nothing", "body": ""}]
    return {"sections": sections, "title": sections[0]["heading"], "round": 0}


def fan_out(state: Review) -> list[Send]:
    """One task for each section; they may run side by side."""
    return [Send("analyse", section) for section in state["sections"]]


def analyse(section: Section) -> Review:
    """Count, score and pick out what stands in one section."""
    sentences = split_sentences(section["body"])
    words = [word for sentence in sentences for word in words_of(sentence)]
    common = set(COMMON_WORDS.split())
    terms: dict[str, int] = {}
    for word in words:
        if word not in common and len(word) > 2:
            terms[word] = terms.get(word, 0) + 1
    finding: Finding = {
        "number": section["number"],
        "heading": section["heading"],
        "words": len(words),
        "sentences": len(sentences),
        "ease": reading_ease(words, len(sentences)),
        "terms": terms,
        "questions": [sentence for sentence in sentences if sentence.endswith("?")],
    }
    return {"findings": [finding]}


def draft(state: Review) -> Review:
    """Put the findings together; every further round says less."""
    findings = state["findings"]
    level = min(state["round"], len(DETAIL) - 1)
    show = DETAIL[level]
    terms: dict[str, int] = {}
    for finding in findings:
        for term, count in finding["terms"].items():
            terms[term] = terms.get(term, 0) + count
    top = sorted(terms, key=lambda term: (-terms[term], term))[:show]
    questions = [question for finding in findings for question in finding["questions"]]
    words, sentences = (sum(f[key] for f in findings) for key in ("words", "sentences"))
    lines = [f"{words} words, {sentences} sentences, {len(findings)} sections"]
    if top:
        lines.append("It speaks of " + ", ".join(f"{term} ({terms[term]})" for term in top) + ".")
    if level < len(DETAIL) - 1:
        hardest = min(findings, key=lambda f: (f["ease"], f["number"]))
        lines.append(f"Hardest to read: {hardest['heading']} ({hardest['ease']}).")
    if level == 0:
        lines += (
            f"  {f['number']}. {f['heading']}: {f['words']} words, ease {f['ease']}"
            for f in findings
        )
    lines += (f"It asks: {question}" for question in questions[:show])
    return {"draft": "\n".join(lines), "round": state["round"] + 1}


def ask(state: Review) -> Review:
    """Stop here until a person has answered; this may take weeks."""
    answer = interrupt(
        {
            "question": "Approve this report? Any other answer becomes its title.",
            "options": [APPROVE, SHORTER],
            "round": state["round"],
            "title": state["title"],
            "draft": state["draft"],
        }
    )
    answer = str(answer).strip()
    if answer in (APPROVE, SHORTER):
        return {"decision": answer}
    return {"decision": APPROVE, "title": answer}


def decide(state: Review) -> str:
    """Round again for a shorter draft, or on to the end."""
    return "draft" if state["decision"] == SHORTER else "finish"


def finish(state: Review) -> Review:
    """The report, under its title."""
    title = state["title"]
    return {"report": f"{title}\n{'=' * len(title)}\n{state['draft']}"}


# -- what the nodes use ------------------------------------------------------------


def split_sentences(text: str) -> list[str]:
    """Cut after `.`, `!` and `?`."""
    sentences, start = list[str](), 0
    for end, mark in enumerate(text, 1):
        if mark in ".!?" and (end == len(text) or text[end] == " "):
            sentences.append(text[start:end].strip())
            start = end
    if rest := text[start:].strip():
        sentences.append(rest)
    return sentences


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without the signs around them."""
    cleaned = "".join(ch if ch.isalpha() or ch == "'" else " " for ch in text.lower())
    return [word.strip("'") for word in cleaned.split() if word.strip("'")]


def reading_ease(words: list[str], sentences: int) -> float:
    """Flesch's score: about 100 is very easy to read, 30 very hard."""
    if not words or not sentences:
        return 0.0
    syllables = sum(map(count_syllables, words))
    score = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
    return round(score, 1)


def count_syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end; an estimate that English mostly fits."""
    groups = sum(
        ch in "aeiouy" and (place == 0 or word[place - 1] not in "aeiouy")
        for place, ch in enumerate(word)
    )
    return max(1, groups - (word.endswith("e") and not word.endswith("le")))


# -- the graph ---------------------------------------------------------------------


def build(checkpointer: Any = None) -> Any:
    """The compiled graph, saving to `checkpointer`, or to memory if there is none."""
    builder = StateGraph(Review)
    builder.add_node("split", split)
    builder.add_node("analyse", analyse)
    builder.add_node("draft", draft)
    builder.add_node("ask", ask)
    builder.add_node("finish", finish)
    builder.add_edge(START, "split")
    builder.add_conditional_edges("split", fan_out, ["analyse"])
    builder.add_edge("analyse", "draft")
    builder.add_edge("draft", "ask")
    builder.add_conditional_edges("ask", decide, ["draft", "finish"])
    builder.add_edge("finish", END)
    return builder.compile(checkpointer=InMemorySaver() if checkpointer is None else checkpointer)


def host() -> Host:
    """The host on which every run of the script is the same run."""
    from anystep.testing import deterministic_host

    return deterministic_host(seed=7)


def run_script(
    graph: Any, text: str, answers: Iterable[str], watch: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Run the graph on `text`, answer its questions from `answers`, and tell all about it.

    Questions for which there is no answer are approved; `watch` sees every update as it comes.
    The result holds only JSON values and is the same on every host: the state, the history from
    the newest checkpoint to the oldest, the picture, and the digest of the packed thread.
    """
    from anystep.checkpoint.archive import pack_thread

    asked = iter(answers)
    start: Any = {"text": text}
    with use_host(host()):
        while start is not None:
            for update in graph.stream(start, CONFIG, stream_mode="updates"):
                if watch is not None:
                    watch(update)
            waiting = graph.get_state(CONFIG).next
            start = Command(resume=next(asked, APPROVE)) if waiting else None
        history = [
            {
                "step": snapshot.metadata["step"],
                "source": snapshot.metadata["source"],
                "next": list(snapshot.next),
                "created_at": snapshot.created_at,
                "checkpoint": snapshot.config["configurable"]["checkpoint_id"],
            }
            for snapshot in graph.get_state_history(CONFIG)
        ]
        archive = pack_thread(graph.checkpointer, THREAD)
        result = graph.get_state(CONFIG).values
    return {
        "result": dict(result),
        "history": history,
        "mermaid": graph.get_graph().draw_mermaid(),
        "archive_bytes": len(archive),
        "archive_sha256": hashlib.sha256(archive).hexdigest(),
    }


def sample_text() -> str:
    """The text that is reviewed when none is given."""
    return (Path(__file__).parent / "data" / "lighthouse.md").read_text(encoding="utf-8")


def main(*words: str) -> None:
    """Review a file, or the sample, with the answers "shorter" and a title of our own."""
    text = Path(words[0]).read_text(encoding="utf-8") if words else sample_text()
    graph = build()
    start: Any = {"text": text}
    for answer in (SHORTER, "Notes of a keeper", None):
        for update in graph.stream(start, CONFIG, stream_mode="updates"):
            print(*update)
        start = Command(resume=answer)
    print()
    print(graph.get_state(CONFIG).values["report"])


if __name__ == "__main__":
    main(*sys.argv[1:])
