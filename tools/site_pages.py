"""Write the pages of the static site: templates filled, Markdown rendered, every text escaped.

Called by ``static_site.py`` inside the development environment (``python tools/site_pages.py OUT``),
because Markdown needs a package.  The pages are complete before any script runs: the program of a
demo and the documentation are there for readers without JavaScript, and for search engines.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["write_pages"]

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "site" / "templates"
DEMOS = ROOT / "site" / "demos"
PYSCRIPT = ROOT / "site" / "pyscript"
LIVE = ROOT / "examples" / "demo_review.py"
EARLY = ROOT / "web" / "anystep" / "web" / "js" / "early.js"

TAGLINE = "Stateful graphs in pure Python: on servers, in browser tabs, on WASI."
HOME = (
    "LangGraph's programming model as one small pure-Python wheel. A graph runs in this tab: "
    "steps, state, a question that pauses it, checkpoints with the same bytes as on a server."
)

#: In the order of the menu: the file, relative to the root, and what it is called.
CHAPTERS = (
    ("README.md", "Start here"),
    ("docs/browser.md", "In a browser"),
    ("docs/wasi.md", "On WASI"),
    ("docs/examples.md", "Examples"),
    ("docs/differences.md", "Differences"),
    ("docs/performance.md", "Speed"),
    ("docs/checkpoint-format.md", "Checkpoint format"),
    ("ARCHITECTURE.md", "Architecture"),
    ("CONTRIBUTING.md", "Contributing"),
    ("CHANGELOG.md", "Changelog"),
)

#: Names the address the site will have, if that is known when it is built.
ADDRESS = "ANYSTEP_SITE"

#: A static import; what is imported later, when it is needed, is not preloaded.
IMPORT = re.compile(r'^(?:import|export)\b[^;"\']*["\'](\.[^"\']+)["\']', re.MULTILINE)

CURRENT = ' aria-current="page"'

STYLE_404 = (
    ":root{color-scheme:light dark}"
    "body{background:light-dark(#faf9f5,#131519);color:light-dark(#1c2024,#e9e7e1);"
    "font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}"
    "a,b{color:light-dark(#0b6e66,#46cbb8);text-underline-offset:.2em}"
    "h1{font-size:2rem;line-height:1.15;letter-spacing:-.03em;margin:.6rem 0}"
)


class Page(NamedTuple):
    """What a page is, besides its body."""

    title: str
    description: str
    root: str
    head: str = ""
    data: str = ""
    section: str = ""
    #: What its policy allows besides: sources of scripts, and of workers.
    scripts: str = ""
    workers: str = ""


def filled(template: str, **values: str) -> str:
    """A template with its ``{{names}}`` filled in.  Values are markup: escape what is text."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)


def card() -> str:
    """The picture for those who show links; they take whole addresses only, so it needs ours."""
    address = os.environ.get(ADDRESS)
    if not address:
        return ""
    picture = html.escape(f"{address.rstrip('/')}/card.jpg")
    return (
        f'<meta property="og:image" content="{picture}">\n'
        '<meta name="twitter:card" content="summary_large_image">'
    )


def shell(page: Page, body: str) -> str:
    """A whole page around a body."""
    here = ' aria-current="true"'
    return filled(
        "shell.html",
        title=html.escape(page.title),
        description=html.escape(page.description),
        root=page.root,
        head=page.head,
        data=page.data,
        card=card(),
        scripts=page.scripts,
        workers=page.workers,
        on_demos=here if page.section == "demos" else "",
        on_docs=here if page.section == "docs" else "",
        body=body,
    )


def preloads(target: Path, script: str, root: str) -> list[str]:
    """Links to a module and all it imports: a browser would find them one behind the other.

    ``target`` is the folder of the site, with all its modules; ``script`` is named from there.
    """
    found = [script]
    for name in found:
        text = (target / name).read_text(encoding="utf-8")
        for wanted in IMPORT.findall(text):
            path = (target / name).parent.joinpath(wanted).resolve()
            inside = path.relative_to(target.resolve()).as_posix()
            if inside not in found:
                found.append(inside)
    return [f'<link rel="modulepreload" href="{root}{name}">' for name in found]


def scripts(target: Path, script: str, root: str) -> list[str]:
    """The script that begins to start Python before there is anything else, and the page's own."""
    early = f'data-runtime="{root}runtime/" data-worker="{root}anystep/worker.js"'
    return [
        f"<script {early}>{early_script()}</script>",
        *preloads(target, script, root),
        f'<script type="module" src="{root}{script}"></script>',
    ]


def early_script() -> str:
    """``early.js`` without its first comment, to stand in a page: to fetch it would take longer."""
    text = EARLY.read_text(encoding="utf-8")
    return "\n" + text[text.index("{\n") :]


def allowed_early() -> str:
    """The source by which a page's policy knows that script."""
    digest = hashlib.sha256(early_script().encode()).digest()
    return f" 'sha256-{base64.b64encode(digest).decode()}'"


def home(target: Path) -> str:
    """The front page."""
    program = LIVE.read_text(encoding="utf-8")
    embed = (TEMPLATES / "embed.html").read_text(encoding="utf-8")
    head = "\n".join(
        [
            '<link rel="preload" href="recorded.json" as="fetch" crossorigin>',
            *scripts(target, "js/home.js", ""),
        ]
    )
    body = filled(
        "home.html",
        embed=html.escape(embed),
        program=html.escape(program),
        lines=str(len(program.splitlines())),
    )
    page = Page(f"anystep: {TAGLINE}", HOME, "", head, scripts=allowed_early())
    return shell(page, body)


def demo(target: Path, about: dict[str, Any], everything: list[dict[str, Any]]) -> str:
    """The page of one demo."""
    name, field = about["name"], about.get("field", "")
    program = (DEMOS / f"{name}.py").read_text(encoding="utf-8")
    rest = {key: value for key, value in about["input"].items() if key != field}
    given = about["input"][field] if field else json.dumps(about["input"])
    links = "\n".join(
        f'<a href="{other["name"]}.html"{CURRENT if other is about else ""}>'
        f"{html.escape(other['title'])}</a>"
        for other in everything
    )
    head = "\n".join(
        [
            f'<link rel="preload" href="{name}.json" as="fetch" crossorigin>',
            *scripts(target, "js/demo.js", "../"),
        ]
    )
    body = filled(
        "demo.html",
        demos=links,
        title=html.escape(about["title"]),
        lead=html.escape(about["lead"]),
        name=name,
        program=html.escape(program),
        label=html.escape(about.get("label", "The input, as JSON")),
        rows=str(min(4, max(2, given.count("\n") + 1 + len(given) // 60))),
        rest=html.escape(json.dumps(rest)),
        input=html.escape(given),
    )
    data = f'data-name="{name}" data-field="{field}"'
    page = Page(
        f"{about['title']} · anystep", about["lead"], "../", head, data, "demos", allowed_early()
    )
    return shell(page, body)


#: The PyScript pages: name, file, title, what is said, attributes, and the files of each.
SCRIPTED = (
    (
        "main",
        "index",
        "In PyScript",
        (
            "A script element of Python, on the page's own thread: it reads the page, runs the graph, "
            "feeds the element below and asks with it. No line of JavaScript, no build, no server."
        ),
        "",
    ),
    (
        "worker",
        "worker",
        "In a PyScript worker",
        (
            "The same graph in a worker, so that the page stays free whatever Python does. Functions "
            "it exports are called from the page; no header of the host is needed for that."
        ),
        " worker",
    ),
)


def scripted(name: str, title: str, lead: str, attributes: str) -> str:
    """A page whose graph runs in PyScript; it shows itself."""
    links = "\n".join(
        f'<a href="{file}.html"{CURRENT if other == name else ""}>{html.escape(words)}</a>'
        for other, file, words, *_ in SCRIPTED
    )
    script = f'<script type="py" src="{name}.py" config="pyscript.json"{attributes}></script>'
    modules = ["core/core.js", "../anystep/element/index.js"]
    modules += [f"{name}.js"] if (PYSCRIPT / f"{name}.js").exists() else []
    tags = [f'<script type="module" src="{module}"></script>' for module in modules]
    shown = [
        *tags,
        '<textarea id="text"></textarea> <button id="go" disabled>Run</button>',
        "<anystep-graph></anystep-graph>",
        script,
    ]
    programs = "\n".join(
        f"<h3>{path.name}</h3>\n"
        f'<pre tabindex="0" aria-label="{path.name}"><code class="language-{path.suffix[1:].replace("py", "python")}">'
        f"{html.escape(path.read_text(encoding='utf-8'))}</code></pre>"
        for path in [*sorted(PYSCRIPT.glob(f"{name}.*"), reverse=True), PYSCRIPT / "pyscript.json"]
    )
    body = filled(
        "pyscript.html",
        links=links,
        title=html.escape(title),
        lead=html.escape(lead),
        flow=html.escape((PYSCRIPT / "flow.py").read_text(encoding="utf-8")),
        page=html.escape("\n".join(shown)),
        programs=programs,
        script=script,
    )
    head = "\n".join([*tags, '<script type="module" src="../js/docs.js"></script>'])
    # PyScript makes functions and workers of texts.
    allowed = {"scripts": " 'unsafe-eval'", "workers": " blob:"}
    return shell(Page(f"{title} · anystep", lead, "../", head, section="demos", **allowed), body)


def target_of(chapter: str) -> str:
    """The file a chapter becomes, inside ``docs/``."""
    return "index.html" if chapter == "README.md" else f"{Path(chapter).stem.lower()}.html"


def relinked(href: str, chapter: str) -> str | None:
    """Where a link of a chapter leads on the site; None where the site has no such page."""
    if re.match(r"[a-z]+:|#", href):
        return href
    path, _, fragment = href.partition("#")
    named = (ROOT / chapter).parent.joinpath(path).resolve()
    known = {(ROOT / name).resolve(): target_of(name) for name, _ in CHAPTERS}
    if named not in known:
        return None
    return known[named] + (f"#{fragment}" if fragment else "")


def rendered(chapter: str) -> str:
    """A chapter as markup.  HTML inside Markdown is shown, never passed on."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((ROOT / chapter).read_text(encoding="utf-8"))
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = re.sub(r"[^\w -]", "", tokens[place + 1].content.lower())
            token.attrSet("id", words.replace(" ", "-"))
        relink(token.children or [], chapter)
    markup: str = markdown.renderer.render(tokens, markdown.options, {})
    # What scrolls sideways must be reachable by keyboard.
    markup = markup.replace("<pre>", '<pre tabindex="0">')
    return markup.replace("<table>", '<div class="wide" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )


def relink(tokens: list[Token], chapter: str) -> None:
    """Point links at pages of the site; a link to a file that is no page becomes plain text."""
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            href = relinked(str(token.attrGet("href")), chapter)
            dropped.append(href is None)
            if href is None:
                token.tag = "span"
                token.attrs = {}
            else:
                token.attrSet("href", href)
        elif token.type == "link_close" and dropped.pop():
            token.tag = "span"
        elif token.type == "image":
            token.attrSet("src", Path(str(token.attrGet("src"))).name)


def images(chapter: str) -> list[Path]:
    """The pictures that a chapter shows; on the site they lie beside it."""
    text = (ROOT / chapter).read_text(encoding="utf-8")
    named = re.findall(r"!\[[^\]]*\]\(([^):]+)\)", text)
    return [(ROOT / chapter).parent / name for name in named]


def chapter_page(chapter: str, title: str) -> str:
    """One page of the documentation."""
    links = "\n".join(
        f'<a href="{target_of(name)}"{CURRENT if name == chapter else ""}>{html.escape(words)}</a>'
        for name, words in CHAPTERS
    )
    head = '<script type="module" src="../js/docs.js"></script>'
    body = filled("docs.html", chapters=links, article=rendered(chapter))
    page = Page(f"{title} · anystep", f"anystep: {title}. {TAGLINE}", "../", head, "", "docs")
    return shell(page, body)


def not_found() -> str:
    """The page for addresses that are none; it may be shown at any depth, so it links to no file."""
    digest = base64.b64encode(hashlib.sha256(STYLE_404.encode()).digest()).decode()
    return filled("404.html", style=STYLE_404, hash=digest)


def write_pages(target: Path) -> None:
    """Write every page below ``target``, which has the site's modules already."""
    demos = json.loads((DEMOS / "demos.json").read_text(encoding="utf-8"))
    pages = {"index.html": home(target), "404.html": not_found()}
    pages |= {f"demos/{about['name']}.html": demo(target, about, demos) for about in demos}
    pages |= {f"docs/{target_of(name)}": chapter_page(name, title) for name, title in CHAPTERS}
    pages |= {f"pyscript/{file}.html": scripted(name, *about) for name, file, *about in SCRIPTED}
    for path, text in pages.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for image in {image for name, _ in CHAPTERS for image in images(name)}:
        shutil.copy(image, target / "docs" / image.name)


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
