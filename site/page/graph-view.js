// Draw a graph as SVG and show the state of its nodes. Text from the graph is only ever text.

import { layout } from "./graph-layout.js";

const SVG = "http://www.w3.org/2000/svg";
const LETTER = 8.1; // width of a letter of the labels, in the picture's own units
const HEIGHT = 38;
const MARGIN = 14;

/** @typedef {"idle" | "active" | "done" | "interrupted" | "failed"} NodeState */

export class GraphView {
  #svg;
  #nodes = new Map();
  #edges = [];

  constructor(svg) {
    this.#svg = svg;
  }

  /** Replace the picture. `drawing` is `{nodes: [{id, name}], edges: [{source, target, …}]}`. */
  draw(drawing) {
    const title = this.#svg.querySelector("title");
    title.textContent = described(drawing);
    this.#svg.replaceChildren(title, arrowHeads());
    this.#nodes.clear();
    this.#edges = [];

    const sized = drawing.nodes.map((node) => ({ ...node, ...sizeOf(node) }));
    const { width, height, places, paths } = layout(sized, drawing.edges);
    const frame = [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN];
    this.#svg.setAttribute("viewBox", frame.join(" "));
    this.#svg.style.maxWidth = `${frame[2] * 1.35}px`;
    drawing.edges.forEach((edge, index) => this.#drawEdge(edge, paths[index], places, sized));
    for (const node of sized) this.#drawNode(node, places.get(node.id));
  }

  /**
   * Show each node's state, and how many tasks it had in its last step.
   * @param {Map<string, NodeState>} states nodes that are not named are idle
   * @param {Map<string, {ended: number, all: number}>} tasks
   */
  show(states, tasks) {
    for (const [id, group] of this.#nodes) {
      const { ended = 0, all = 0 } = tasks.get(id) ?? {};
      group.dataset.state = states.get(id) ?? "idle";
      group.classList.toggle("stacked", all > 1);
      group.querySelector(".count").textContent = ended < all ? `${ended} of ${all}` : `× ${all}`;
    }
    for (const { source, target, line } of this.#edges) {
      line.classList.toggle("taken", states.get(source) === "done" && states.has(target));
    }
  }

  #drawNode(node, { x, y }) {
    const group = element("g", { class: `node ${kindOf(node)}`, transform: `translate(${x} ${y})` });
    const { width, height } = node;
    const rx = kindOf(node) === "end" ? height / 2 : 10;
    // Two more behind it, for a node that runs many tasks at once.
    for (const shift of [8, 4, 0]) {
      const box = { x: shift - width / 2, y: shift - height / 2, width, height, rx };
      group.append(element("rect", shift > 0 ? { ...box, class: "behind" } : box));
    }
    const label = element("text", { "text-anchor": "middle", dy: "0.35em" });
    label.textContent = labelOf(node);
    const count = element("text", { class: "count", x: width / 2 + 16, dy: "0.35em" });
    group.append(label, count);
    this.#svg.append(group);
    this.#nodes.set(node.id, group);
  }

  #drawEdge(edge, points, places, sized) {
    const line = element("path", { d: curve(trimmed(points, edge, places, sized)) });
    line.setAttribute("class", edge.conditional ? "edge conditional" : "edge");
    this.#svg.append(line);
    this.#edges.push({ source: edge.source, target: edge.target, line });
  }
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function arrowHeads() {
  const definitions = element("defs", {});
  for (const id of ["arrow", "arrow-taken"]) {
    const marker = element("marker", {
      id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto",
    });
    marker.append(element("path", { d: "M0 1 9 5 0 9z" }));
    definitions.append(marker);
  }
  return definitions;
}

function kindOf(node) {
  return node.id === "__start__" || node.id === "__end__" ? "end" : "step";
}

function labelOf(node) {
  return { __start__: "start", __end__: "end" }[node.id] ?? node.name;
}

function sizeOf(node) {
  if (kindOf(node) === "end") return { width: 64, height: 26 };
  return { width: Math.max(84, labelOf(node).length * LETTER + 30), height: HEIGHT };
}

// A line starts and ends at the border of its nodes, not in their middle.
function trimmed(points, edge, places, sized) {
  const height = new Map(sized.map((node) => [node.id, node.height]));
  const ends = points.map(({ x, y }) => ({ x, y }));
  const down = places.get(edge.target).y > places.get(edge.source).y;
  const sign = down ? 1 : -1;
  ends[0].y += (sign * height.get(edge.source)) / 2;
  ends[ends.length - 1].y -= sign * (height.get(edge.target) / 2 + 2);
  // A line that goes back up leaves beside the ones that come down.
  if (!down) {
    ends[0].x += 16;
    ends[ends.length - 1].x += 16;
  }
  return ends;
}

function curve(points) {
  const [first, ...rest] = points;
  if (rest.length === 0) return loop(first);
  let path = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of rest) {
    const bend = (from.y + to.y) / 2;
    path += `C${from.x} ${bend} ${to.x} ${bend} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

// An edge from a node to itself leaves and comes back on the right.
function loop({ x, y }) {
  return `M${x + 18} ${y}c30 -6 30 -38 2 -36`;
}

function described({ nodes, edges }) {
  const name = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const ways = edges.map((edge) => `${name.get(edge.source)} to ${name.get(edge.target)}`);
  return `A graph of ${nodes.length} nodes: ${ways.join(", ")}.`;
}
