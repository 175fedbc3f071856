// The types of <anystep-graph>.

import type { Drawing, Graph, JSONValue, Snapshot, StreamEvent } from "../index.js";

/** One event of a run, live or recorded; `changes` holds what differs from the state before, `drawing` the graph. */
export type RunEvent = {
  mode: StreamEvent["mode"] | "changes" | "drawing";
  data: JSONValue;
  ns?: string[];
};

/** A run to play without Python: what `site/record.py` writes. */
export interface Recording {
  drawing: Drawing;
  /** Each from its input or from the answer to the question before, to its end or to a question. */
  runs: { input?: JSONValue; resume?: JSONValue; events: RunEvent[] }[];
}

export interface Question {
  id: string;
  value: JSONValue;
  schema?: JSONValue;
}

/**
 * `<anystep-graph src="recorded.json" autoplay>`
 *
 * Attributes: `src` a recording to load · `autoplay` play it when it is loaded · `pace` milliseconds
 * a step is shown, 700 unless told, 0 for none · `direction` `TB` or `LR`, whichever shows the graph
 * larger unless told · `theme` `light` or
 * `dark` instead of the page's · `view` `graph` or `list` · `expand` subgraphs begin expanded.
 *
 * Events: those of `anystep-…` below; all bubble, none can be cancelled.
 */
export class AnystepGraph extends HTMLElement {
  /** The graph to draw; with xray its subgraphs can be expanded. */
  drawing: Drawing | null;
  /** The state after the newest step. */
  readonly values: JSONValue;
  /** Open questions of the newest step. */
  readonly questions: Question[];
  /** How many steps were recorded. */
  readonly length: number;

  /** Run and time-travel a live graph on this thread, `"1"` unless told; `null` lets go of it. */
  bind(graph: Graph | null, options?: { thread?: string; pace?: number }): Promise<void>;
  /** Run the bound graph from an input, asking its questions here; the state at the end. */
  run(input: JSONValue, options?: { recursionLimit?: number }): Promise<JSONValue>;
  /** Show the bound thread as it is stored, and go on asking what it asks. */
  restore(): Promise<JSONValue>;
  /** Stop what runs: the bound graph's run, or a recording. */
  stop(): Promise<void>;
  /** Play a recording from its beginning. */
  play(recording?: Recording): Promise<void>;
  /** Follow events from anywhere at reading pace; the open questions at the end. */
  follow(events: Iterable<RunEvent> | AsyncIterable<RunEvent>): Promise<Question[]>;
  /** Take one event (or its JSON) at once; for hosts that push, such as PyScript. */
  push(event: RunEvent | string): void;
  /** No more events of this run are coming. */
  finish(): void;
  /** Show questions as a form; the answer. */
  ask(questions: Question[]): Promise<JSONValue>;
  /** Forget the run; the drawing stays. */
  reset(): void;
  /** Show the state after this step; the newest if none is given. */
  select(index?: number): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "anystep-graph": AnystepGraph;
  }

  interface GlobalEventHandlersEventMap {
    /** A recording was loaded from `src`. */
    "anystep-loaded": CustomEvent<{ recording: Recording }>;
    /** What is shown has changed: the step's index, -1 before the first one. */
    "anystep-step": CustomEvent<{ index: number }>;
    "anystep-question": CustomEvent<{ questions: Question[] }>;
    "anystep-answer": CustomEvent<{ answer: JSONValue }>;
    /** The run is over: the state at its end. */
    "anystep-done": CustomEvent<{ values: JSONValue }>;
    /** The run, or what was asked of the element, failed; a graph's error is a `PythonError`. */
    "anystep-error": CustomEvent<{ error: Error }>;
    /** Somebody forked the thread here. */
    "anystep-fork": CustomEvent<{ checkpoint: string; values: JSONValue }>;
  }
}

export type { Snapshot };
