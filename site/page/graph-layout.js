// Place a small directed graph in layers, top to bottom. Pure: sizes in, coordinates out.
//
// The usual four steps: turn edges that close a cycle around; rank by the longest way; order
// each layer by the average position of its neighbours; spread the layers. Long edges get a
// waypoint on every layer they cross, so that they bend around nodes instead of through them.

const LAYER_GAP = 46;
const NODE_GAP = 34;
const SWEEPS = 8;

/**
 * @param {{id: string, width: number, height: number}[]} nodes
 * @param {{source: string, target: string}[]} edges
 * @returns {{width: number, height: number, places: Map<string, {x: number, y: number}>,
 *            paths: {x: number, y: number}[][]}}
 *   centre of each node; for each edge its points from source to target
 */
export function layout(nodes, edges) {
  const back = edgesThatCloseCycles(nodes, edges);
  const rank = longestWay(nodes, edges, back);
  const { layers, chains } = withWaypoints(nodes, edges, back, rank);
  orderLayers(layers);
  const bounds = place(layers);
  const places = new Map(nodes.map(({ id }) => [id, find(layers, id)]));
  const paths = edges.map((edge, index) => {
    const points = chains[index].map((item) => ({ x: item.x, y: item.y, width: item.width }));
    return back.has(index) ? points.reverse() : points;
  });
  return { ...bounds, places, paths };
}

function find(layers, id) {
  for (const layer of layers) for (const item of layer) if (item.id === id) return item;
  throw new Error(`edge to a node that is not there: ${id}`);
}

function edgesThatCloseCycles(nodes, edges) {
  const back = new Set();
  const state = new Map();
  const visit = (id) => {
    state.set(id, "open");
    edges.forEach((edge, index) => {
      if (edge.source !== id) return;
      if (state.get(edge.target) === "open") back.add(index);
      else if (!state.has(edge.target)) visit(edge.target);
    });
    state.set(id, "closed");
  };
  for (const { id } of nodes) if (!state.has(id)) visit(id);
  return back;
}

function longestWay(nodes, edges, back) {
  const rank = new Map(nodes.map(({ id }) => [id, 0]));
  const forward = edges.filter((_, index) => !back.has(index));
  // At most as many rounds as there are layers; without cycles this comes to rest.
  for (let moved = true; moved; ) {
    moved = false;
    for (const { source, target } of forward) {
      if (rank.get(target) <= rank.get(source)) {
        rank.set(target, rank.get(source) + 1);
        moved = true;
      }
    }
  }
  return rank;
}

function withWaypoints(nodes, edges, back, rank) {
  const layers = [];
  const items = new Map();
  const add = (item, layer) => {
    (layers[layer] ??= []).push(item);
    return item;
  };
  for (const node of nodes) {
    items.set(node.id, add({ ...node, above: [], below: [] }, rank.get(node.id)));
  }
  const chains = edges.map(({ source, target }, index) => {
    const [from, to] = back.has(index) ? [target, source] : [source, target];
    const chain = [items.get(from)];
    for (let layer = rank.get(from) + 1; layer < rank.get(to); layer++) {
      const waypoint = { id: `${index}@${layer}`, width: 8, height: 0, above: [], below: [] };
      chain.push(add(waypoint, layer));
    }
    if (from !== to) chain.push(items.get(to));
    return chain;
  });
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i++) {
      chain[i].above.push(chain[i - 1]);
      chain[i - 1].below.push(chain[i]);
    }
  }
  return { layers, chains };
}

function orderLayers(layers) {
  const number = (layer) => layer.forEach((item, index) => (item.order = index));
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const way = sweep % 2 === 0 ? layers : layers.toReversed();
    for (const layer of way) {
      for (const item of layer) {
        item.pull = middle([...item.above, ...item.below], "order", item.order);
      }
      layer.sort((a, b) => a.pull - b.pull);
      number(layer);
    }
  }
}

function middle(items, key, otherwise) {
  if (items.length === 0) return otherwise;
  return items.reduce((sum, item) => sum + item[key], 0) / items.length;
}

function place(layers) {
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map((item) => item.height));
    let x = 0;
    for (const item of layer) {
      item.x = x + item.width / 2;
      item.y = y + height / 2;
      x += item.width + NODE_GAP;
    }
    // Start from centred layers; the relaxation below keeps the order and pulls lines straight.
    for (const item of layer) item.x -= (x - NODE_GAP) / 2;
    y += height + LAYER_GAP;
  }
  // Up and down in turn, downwards last: a node then stands straight below what leads to it.
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of layers.toReversed()) relax(layer, "below");
    for (const layer of layers) relax(layer, "above");
  }
  const all = layers.flat();
  const left = Math.min(...all.map((item) => item.x - item.width / 2));
  const right = Math.max(...all.map((item) => item.x + item.width / 2));
  for (const item of all) item.x -= left;
  return { width: right - left, height: y - LAYER_GAP };
}

function relax(layer, side) {
  const wanted = layer.map((item) => middle(item[side], "x", item.x));
  layer.forEach((item, index) => (item.x = wanted[index]));
  for (let i = 1; i < layer.length; i++) {
    const least = layer[i - 1].x + (layer[i - 1].width + layer[i].width) / 2 + NODE_GAP;
    layer[i].x = Math.max(layer[i].x, least);
  }
  // Pushing apart went to the right only; move the layer back to where it was wanted on average.
  const drift = layer.reduce((sum, item, index) => sum + item.x - wanted[index], 0) / layer.length;
  for (const item of layer) item.x -= drift;
}
