// What the element uses of dagre.

export class Graph {
  constructor(options?: { compound?: boolean; multigraph?: boolean; directed?: boolean });
  setGraph(label: object): this;
  setDefaultEdgeLabel(label: () => object): this;
  setNode(id: string, label: object): this;
  setParent(id: string, parent: string): this;
  setEdge(source: string, target: string, label: object, name?: string): this;
  hasNode(id: string): boolean;
  graph(): any;
  nodes(): string[];
  node(id: string): any;
  edges(): any[];
  edge(name: any): any;
}

export function layout(graph: Graph): void;
