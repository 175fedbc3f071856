// The element's own parts, built once. Everything is made by calls: no markup, no inline style.

import { make } from "./values.js";

const SVG = "http://www.w3.org/2000/svg";

export function buildShell() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "img");
  const button = (label, path) =>
    make("button", { type: "button", "aria-label": label, title: label }, icon(path));
  const parts = {
    svg,
    status: make("p", { class: "status", role: "status", tabindex: "-1" }, "ready"),
    asList: make("button", { type: "button", class: "plain", "aria-pressed": "false" }, "List"),
    expand: make(
      "button",
      { type: "button", class: "plain", "aria-pressed": "false", hidden: "" },
      "Expand",
    ),
    stop: make("button", { type: "button", class: "plain", hidden: "" }, "Stop"),
    listing: make("ol", {
      class: "listing",
      "aria-label": "Nodes of the graph",
      tabindex: "0",
      hidden: "",
    }),
    question: make("form", { class: "question", "aria-label": "Question", hidden: "" }),
    steps: make("ol", { class: "steps", "aria-label": "Steps" }),
    viewState: make("button", { type: "button", class: "tab", "aria-pressed": "true" }, "State"),
    viewChanges: make(
      "button",
      { type: "button", class: "tab", "aria-pressed": "false" },
      "Changes",
    ),
    state: make("dl", { class: "state", tabindex: "0", "aria-label": "State" }),
    first: button("First step", "M5 4v12M16 4 8 10l8 6z"),
    previous: button("Previous step", "M14 4 6 10l8 6z"),
    next: button("Next step", "M6 4l8 6-8 6z"),
    newest: button("Newest step", "M15 4v12M4 4l8 6-8 6z"),
    scrubber: make("input", {
      type: "range",
      min: "0",
      max: "0",
      value: "0",
      "aria-label": "Step",
    }),
    place: make("output", { class: "place" }, "0 / 0"),
    fork: make("button", { type: "button", class: "plain", hidden: "" }, "Fork from here"),
    forkForm: make("form", { class: "fork", hidden: "" }),
    forkValues: make("textarea", { rows: "3", spellcheck: "false", id: "values" }),
    forkProblem: make("p", { class: "problem", role: "alert" }),
    picture: make("div", { class: "picture empty", part: "picture" }),
    error: make("div", { class: "failure", role: "alert", tabindex: "0", hidden: "" }),
  };
  parts.forkForm.append(
    make(
      "label",
      { for: "values" },
      "Values to write before going on from this step (JSON; {} for none)",
    ),
    parts.forkValues,
    parts.forkProblem,
    make(
      "div",
      { class: "fields" },
      make("button", { type: "submit", class: "primary" }, "Fork and run"),
      make("button", { type: "reset", class: "quiet" }, "Cancel"),
    ),
  );
  parts.picture.append(svg, parts.listing);
  const root = make(
    "div",
    { class: "root", part: "root" },
    make(
      "div",
      { class: "bar" },
      parts.status,
      make("span", { class: "tools" }, parts.stop, parts.expand, parts.asList),
    ),
    make(
      "div",
      { class: "stage" },
      parts.picture,
      make(
        "div",
        { class: "side" },
        parts.error,
        parts.question,
        parts.forkForm,
        make(
          "div",
          { class: "columns" },
          make("section", {}, make("h3", {}, "Steps"), parts.steps),
          make(
            "section",
            {},
            make("div", { class: "tabs" }, parts.viewState, parts.viewChanges),
            parts.state,
          ),
        ),
      ),
    ),
    make(
      "div",
      { class: "timeline", role: "group", "aria-label": "Timeline" },
      parts.first,
      parts.previous,
      parts.scrubber,
      parts.next,
      parts.newest,
      parts.place,
      parts.fork,
    ),
  );
  return { root, parts };
}

function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
