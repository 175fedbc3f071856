// Draw a placed graph as SVG and show the state of its nodes. Text from the graph is only ever text.

import { isEnd, labelOf, layout } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";
const NEVER = { state: "idle", ended: 0, all: 0, now: false };
/** What a state is called where colour cannot be seen. */
export const WORDS = {
  idle: "not yet",
  active: "running",
  done: "done",
  interrupted: "waiting for you",
  failed: "failed",
  skipped: "not taken",
};
// A shape besides the colour, for whoever does not see the colour.
const SIGNS = { active: "▸", done: "✓", interrupted: "?", failed: "✕" };

export class Picture {
  #svg;
  #onToggle;
  #nodes = new Map();
  #edges = [];

  /** @param {(cluster: string) => void} onToggle a node that holds a subgraph was chosen */
  constructor(svg, onToggle) {
    this.#svg = svg;
    this.#onToggle = onToggle;
    const title = element("title");
    title.textContent = "no graph yet";
    svg.append(title);
  }

  /** Replace the picture; answers with its size. */
  draw(drawing, direction) {
    const placed = layout(drawing, direction);
    this.#nodes.clear();
    this.#edges = [];
    const title = element("title");
    title.textContent = described(drawing);
    this.#svg.replaceChildren(title, arrowHeads());
    this.#svg.setAttribute("viewBox", `0 0 ${placed.width} ${placed.height}`);
    for (const cluster of placed.clusters) this.#drawCluster(cluster);
    for (const edge of placed.edges) this.#drawEdge(edge);
    for (const node of placed.nodes) this.#drawNode(node);
    return { width: placed.width, height: placed.height };
  }

  /** @param {Map<string, {state: string, ended: number, all: number, now: boolean}>} states */
  show(states) {
    const of = (id) => states.get(id) ?? inside(states, id) ?? NEVER;
    for (const [id, group] of this.#nodes) {
      const { state, ended, all, now } = of(id);
      group.dataset.state = state;
      group.classList.toggle("now", now);
      group.classList.toggle("stacked", all > 1);
      group.querySelector(".sign").textContent = SIGNS[state] ?? "";
      const count = ended < all ? `${ended}/${all}` : `×${all}`;
      group.querySelector(".count text").textContent = all > 1 ? count : "";
    }
    for (const { source, target, line } of this.#edges) {
      const [from, to] = [of(source), of(target)];
      line.classList.toggle("taken", from.all > 0 && to.all > 0);
      line.classList.toggle("flowing", from.all > 0 && to.state === "active" && to.now);
    }
  }

  #drawNode({ id, node, x, y, width, height }) {
    const kind = isEnd(id) ? "end" : "step";
    const group = element("g", { class: `node ${kind}`, transform: `translate(${x} ${y})` });
    const rx = isEnd(id) ? height / 2 : 11;
    // Two more behind it, for a node that runs many tasks at once.
    for (const shift of [8, 4, 0]) {
      const box = { x: shift - width / 2, y: shift - height / 2, width, height, rx };
      group.append(element("rect", { ...box, class: shift > 0 ? "behind" : "box" }));
    }
    const label = element("text", { "text-anchor": "middle", dy: "0.35em" });
    label.textContent = shortened(labelOf(node), 26);
    const sign = element("text", {
      class: "sign",
      "text-anchor": "middle",
      x: 12 - width / 2,
      dy: "0.35em",
    });
    const count = element("g", {
      class: "count",
      transform: `translate(${width / 2 - 2} ${-height / 2})`,
    });
    const many = element("text", { "text-anchor": "middle", dy: "0.35em" });
    count.append(element("rect", { x: -19, y: -9, width: 38, height: 18, rx: 9 }), many);
    group.append(label, sign, count);
    if (node.holds) this.#foldable(group, id, width, "+");
    this.#svg.append(group);
    this.#nodes.set(id, group);
  }

  #drawCluster({ cluster, x, y, width, height }) {
    const group = element("g", { class: "cluster", transform: `translate(${x} ${y})` });
    group.append(element("rect", { x: -width / 2, y: -height / 2, width, height, rx: 14 }));
    const label = element("text", { x: 12 - width / 2, y: 16 - height / 2 });
    label.textContent = shortened(cluster.split(":").at(-1), 24);
    group.append(label);
    this.#foldable(group, cluster, width, "–", 12 - height / 2);
    this.#svg.append(group);
  }

  #foldable(group, cluster, width, sign, y = 0) {
    const mark = element("text", {
      class: "fold",
      x: width / 2 - 13,
      y,
      dy: "0.35em",
      "text-anchor": "middle",
    });
    mark.textContent = sign;
    group.append(mark);
    group.classList.add("foldable");
    group.addEventListener("click", () => this.#onToggle(cluster));
  }

  #drawEdge({ edge, points, x, y }) {
    const line = element("path", { d: curve(points) });
    line.setAttribute("class", edge.conditional ? "edge conditional" : "edge");
    this.#svg.append(line);
    this.#edges.push({ source: edge.source, target: edge.target, line });
    if (typeof edge.label === "string" && edge.label !== "" && x !== undefined) {
      const label = element("text", {
        class: "edge-label",
        x,
        y,
        dy: "0.35em",
        "text-anchor": "middle",
      });
      label.textContent = shortened(edge.label, 18);
      this.#svg.append(label);
    }
  }
}

// A collapsed subgraph is as far as the tasks inside it are, until its own task says so.
function inside(states, id) {
  for (const [path, state] of states) if (path.startsWith(`${id}:`)) return state;
  return undefined;
}

function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function arrowHeads() {
  const definitions = element("defs");
  for (const id of ["arrow", "arrow-taken"]) {
    const marker = element("marker", {
      id,
      viewBox: "0 0 10 10",
      refX: 8.5,
      refY: 5,
      markerWidth: 7,
      markerHeight: 7,
      orient: "auto",
    });
    marker.append(element("path", { d: "M0.5 1.2 9 5 0.5 8.8z" }));
    definitions.append(marker);
  }
  return definitions;
}

function curve([first, ...points]) {
  let path = `M${first.x} ${first.y}`;
  if (points.length === 1) return `${path}L${points[0].x} ${points[0].y}`;
  // Through the middle between two waypoints, bent towards each of them.
  points.slice(0, -1).forEach((point, index) => {
    const next = points[index + 1];
    const last = index === points.length - 2;
    const end = last ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${point.x} ${point.y} ${end.x} ${end.y}`;
  });
  return path;
}

function shortened(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function described({ nodes, edges }) {
  const names = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const ways = edges.map(({ source, target }) => `${names.get(source)} to ${names.get(target)}`);
  return `A graph of ${nodes.length} nodes: ${ways.join(", ")}.`;
}
