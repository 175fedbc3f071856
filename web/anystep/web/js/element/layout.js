// Place a drawing with dagre: sizes in, coordinates out. Pure.
//
// A drawing made with xray names the nodes of subgraphs "worker:search"; what stands before the
// last colon is the cluster they belong to. A collapsed cluster is one node.

import { Graph, layout as arrange } from "./vendor/dagre.js";

const LETTER = 8.4; // width of a letter of the labels, in the picture's own units
const HEIGHT = 40;
const TRIED = 60; // nodes; beyond, laying it out twice would be felt

/** The clusters of a drawing, outermost first. */
export function clustersOf({ nodes }) {
  const found = new Set();
  for (const { id } of nodes) {
    const parts = id.split(":");
    for (let end = 1; end < parts.length; end++) found.add(parts.slice(0, end).join(":"));
  }
  return [...found].sort((a, b) => a.split(":").length - b.split(":").length);
}

/** The drawing with each of these clusters as a single node. */
export function collapsed(drawing, clusters) {
  const home = (id) => clusters.find((cluster) => id.startsWith(`${cluster}:`)) ?? id;
  const nodes = new Map();
  for (const node of drawing.nodes) {
    const id = home(node.id);
    if (nodes.has(id)) continue;
    nodes.set(id, id === node.id ? node : { id, name: id.split(":").at(-1), holds: true });
  }
  const edges = new Map();
  for (const edge of drawing.edges) {
    const [source, target] = [home(edge.source), home(edge.target)];
    const inside = source === target && edge.source !== edge.target;
    const key = `${source}\n${target}`;
    if (!inside && !edges.has(key)) edges.set(key, { ...edge, source, target });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

export function isEnd(id) {
  return id === "__start__" || id === "__end__";
}

export function labelOf({ id, name }) {
  return { __start__: "start", __end__: "end" }[id] ?? String(name ?? id);
}

function sizeOf(node) {
  if (isEnd(node.id)) return { width: 64, height: 28 };
  const letters = Math.min(26, labelOf(node).length);
  return { width: Math.max(96, letters * LETTER + (node.holds ? 66 : 52)), height: HEIGHT };
}

/**
 * @param {{nodes: any[], edges: any[]}} drawing
 * @param {"TB" | "LR"} direction
 */
export function layout(drawing, direction = "TB") {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: 34,
    ranksep: 44,
    edgesep: 18,
    marginx: 16,
    marginy: 16,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const clusters = clustersOf(drawing);
  for (const cluster of clusters) graph.setNode(`in ${cluster}`, { cluster });
  const homes = [...clusters, ...drawing.nodes.map(({ id }) => id)];
  for (const node of drawing.nodes) graph.setNode(node.id, { ...sizeOf(node), node });
  for (const id of homes) {
    const parent = id.slice(0, Math.max(0, id.lastIndexOf(":")));
    if (parent) graph.setParent(clusters.includes(id) ? `in ${id}` : id, `in ${parent}`);
  }
  drawing.edges.forEach((edge, index) => {
    if (!graph.hasNode(edge.source) || !graph.hasNode(edge.target)) return;
    graph.setEdge(edge.source, edge.target, { ...labelSize(edge), edge }, `${index}`);
  });
  arrange(graph);
  const { width, height } = graph.graph();
  const placed = graph.nodes().map((id) => ({ id, ...graph.node(id) }));
  return {
    width,
    height,
    nodes: placed.filter(({ cluster }) => cluster === undefined),
    clusters: placed.filter(({ cluster }) => cluster !== undefined),
    edges: graph.edges().map((name) => graph.edge(name)),
  };
}

/** The direction in which a drawing is shown larger in a box; up and down if it is too big to try. */
export function bestDirection(drawing, box) {
  if (drawing.nodes.length > TRIED || box.width === 0 || box.height === 0) return "TB";
  const scale = (direction) => {
    const { width, height } = layout(drawing, direction);
    return Math.min(box.width / width, box.height / height, 1);
  };
  return scale("LR") > 1.15 * scale("TB") ? "LR" : "TB";
}

function labelSize({ label }) {
  if (typeof label !== "string" || label === "") return {};
  return { width: Math.min(18, label.length) * 6.4 + 8, height: 16, labelpos: "c" };
}
