// The types of index.js: anystep in a page, Python in a worker, graphs driven from JavaScript.

/** What JSON can say. */
export type JSONValue =
  null | boolean | number | string | JSONValue[] | { [key: string]: JSONValue };

/**
 * A value of Python as a page sees it: JSON where JSON can say it, else an object with one key that
 * begins with `$`: `{$bytes: 3}`, `{$repr: "…"}`, `{$int: "…"}`, `{$float: "nan"}`. It is for
 * showing; threads travel whole through `exportThread` and `importThread`.
 */
export type Shown = JSONValue;

// Starting

export type Progress =
  | { phase: "download"; loaded: number; total: number; file: string }
  | { phase: "boot" }
  | { phase: "packages" }
  | { phase: "import" }
  | { phase: "restore" };

/**
 * Where threads are kept. `"memory"`: until the page goes. `"indexeddb"`: in this browser.
 * `"opfs"`: in this browser, in a SQLite file that one tab at a time can open.
 */
export type StorageKind = "memory" | "indexeddb" | "opfs";

export interface StorageOptions {
  kind: StorageKind;
  /** The database's name; `"anystep"` unless told. Pages of one origin share what they name alike. */
  name?: string;
  /**
   * `"relaxed"` (unless told): a step that was acknowledged survives the end of the tab and of the
   * browser. `"strict"`: also a power cut, where the browser and the disk keep their word; slower.
   */
  durability?: "relaxed" | "strict";
}

export interface StartOptions {
  /** Address of the folder that holds manifest.json, relative to the page. */
  runtime: string;
  /** `"memory"` unless told. */
  storage?: StorageKind | StorageOptions;
  /**
   * Keep Python's memory in this browser, as it is before any program has run, and start from it the
   * next time (some 17 MB in the origin's private files; a second worker makes it when the first has
   * nothing to do). `true` unless told.
   */
  snapshot?: boolean;
  onProgress?: (progress: Progress) => void;
}

/** How a Python was started. */
export interface Started {
  /** Out of a kept snapshot, and not from the runtime's files. */
  restored: boolean;
  /** Size of that snapshot. */
  bytes: number;
  /** Why it was not restored; empty if it was. */
  reason: string;
}

/** Whether the next start finds a snapshot. */
export interface Kept {
  kept: boolean;
  bytes: number;
  /** Why there is none; empty if there is one. */
  reason: string;
}

export interface Versions {
  anystep: string;
  pyodide: string;
  python: string;
}

/** Start Python in a module worker. The page never waits for it in its own thread. */
export function start(options: StartOptions): Promise<Anystep>;

/** Remove every snapshot that pages of this origin keep; threads stay. */
export function forgetSnapshots(): Promise<void>;

/** A running Python. Made by `start`. */
export class Anystep {
  private constructor();
  readonly versions: Versions;
  readonly started: Started;
  /** Never rejects. Settles some seconds after the start, when a snapshot is kept or cannot be. */
  readonly kept: Promise<Kept>;

  /** Load a graph from Python source or from a module Python can import. */
  load(options: LoadOptions): Promise<Graph>;

  /** Run Python source as a module whose functions `call` can reach. */
  module(options: { name: string; source: string }): Promise<void>;

  /** Call a function of such a module with one JSON value; the answer is JSON too. */
  call(module: string, name: string, argument?: JSONValue): Promise<Shown>;

  /**
   * Load further wheels: by name, what the runtime's lock has, with what they require; by address
   * (whatever has a dot or a slash) any other one, whose requirements must be loaded before.
   * What a graph's source imports is loaded by `load`, if the lock has it.
   */
  packages(names: string[]): Promise<void>;

  /** Unpack a zip archive into a folder that Python sees. */
  unpack(address: string, folder: string): Promise<void>;

  /**
   * Replace the worker by a new one that has loaded the same packages, modules and graphs. Whatever
   * was unanswered rejects with `CancelledError`. Threads are still there if the storage is not
   * `"memory"`. Answers when Python is ready again.
   */
  restart(): Promise<void>;

  /** End Python at once, whatever it is doing; everything unanswered rejects with `ClosedError`. */
  close(): void;
}

export interface LoadOptions {
  /** What the graph is called here, and the name of the module its source becomes. */
  name: string;
  /** Python source; or leave it out and name a `module`. */
  source?: string;
  /** A module to import, from a loaded package or an unpacked archive. */
  module?: string;
  /**
   * What the module calls it, `build` unless told: a compiled graph, a `StateGraph`, or a function
   * that takes the saver and returns a compiled graph.
   */
  attribute?: string;
  /** A function of the module that returns the `Host` (clock, entropy) to run on. */
  host?: string;
}

// Graphs

export interface Drawing {
  nodes: { id: string; name: string }[];
  edges: { source: string; target: string; label: Shown; conditional: boolean }[];
}

export type StreamMode =
  "values" | "updates" | "custom" | "messages" | "checkpoints" | "tasks" | "debug";

export interface StreamEvent {
  mode: StreamMode;
  data: Shown;
  /** The subgraph it comes from, outermost first; empty for the graph itself. */
  ns: string[];
}

export interface RunOptions {
  thread: string;
  /** `updates` and `values` unless told. */
  modes?: StreamMode[];
  /** Go on from this checkpoint instead of the newest one: a fork. */
  checkpoint?: string;
  /** Also events from inside subgraphs, told apart by `ns`. */
  subgraphs?: boolean;
  /** At most so many supersteps. */
  recursionLimit?: number;
  /** When a step counts as stored; Python's default unless told. */
  durability?: "sync" | "async" | "exit";
  /**
   * Another run of the thread, in any tab, makes this one wait for its end; unless told, this one
   * fails with the PythonError `ThreadConflictError`. Only where the storage is shared between tabs.
   */
  wait?: boolean;
  /** Aborting it cancels the run, as `Graph.cancel` does. */
  signal?: AbortSignal;
}

export interface ResumeOptions extends RunOptions {
  /** State to change along with the answer. */
  update?: JSONValue;
  /** Nodes to go to along with the answer. */
  goto?: string | string[];
}

export interface InterruptShown {
  id: string;
  value: Shown;
  /** JSON schema of the answer, where the program gave one. */
  schema?: Shown;
}

export interface TaskShown {
  id: string;
  name: string;
  path: Shown;
  error: string | null;
  interrupts: InterruptShown[];
  result: Shown;
}

/** One checkpoint of a thread. */
export interface Snapshot {
  thread: string;
  /** The checkpoint's id, null for a thread that has none. */
  checkpoint: string | null;
  parent: string | null;
  values: Shown;
  /** What runs next; empty when the thread is finished. */
  next: string[];
  interrupts: InterruptShown[];
  tasks: TaskShown[];
  step: number | null;
  source: string | null;
  metadata: { [key: string]: Shown };
  /** ISO 8601, UTC. */
  createdAt: string | null;
}

/** A compiled graph inside the worker. Made by `Anystep.load`. */
export class Graph {
  private constructor();
  readonly name: string;
  readonly drawing: Drawing;

  /** The drawing with subgraphs drawn inside, so many levels deep (true: all). */
  draw(options?: { xray?: boolean | number }): Promise<Drawing>;

  /**
   * Run from an input; `null` goes on where the thread stopped. The run is pulled: while your loop
   * waits, the graph waits. Leaving the loop closes the run at the last step it stored.
   */
  stream(input: JSONValue, options: RunOptions): AsyncGenerator<StreamEvent, void, void>;

  /** Answer an interrupt and go on. An object whose keys are interrupt ids answers several. */
  resume(answer: JSONValue, options: ResumeOptions): AsyncGenerator<StreamEvent, void, void>;

  /** Run to the end or to an interrupt; the thread's state then. */
  invoke(input: JSONValue, options: RunOptions): Promise<Snapshot>;

  getState(thread: string, options?: { checkpoint?: string }): Promise<Snapshot>;

  /** Checkpoints, newest first; `before` is a checkpoint's id, `limit` is 100 unless told. */
  history(thread: string, options?: { limit?: number; before?: string }): Promise<Snapshot[]>;

  /** Write values as if a node had written them; the new checkpoint. */
  updateState(
    thread: string,
    values: JSONValue,
    options?: { asNode?: string; checkpoint?: string },
  ): Promise<Snapshot>;

  /**
   * A new checkpoint on top of an older one, with values changed where given. It becomes the newest:
   * `stream(null, {thread})` goes on from it. What came after the older one stays in the history.
   */
  fork(
    thread: string,
    checkpoint: string,
    values?: JSONValue,
    options?: { asNode?: string },
  ): Promise<Snapshot>;

  /**
   * Stop what runs on a thread. A run that does not react within `grace` milliseconds (1000 unless
   * told), such as an endless loop, is stopped by replacing the worker, see `Anystep.restart`. The
   * loops over its events throw `CancelledError`. `"idle"`: nothing was running.
   */
  cancel(thread: string, options?: { grace?: number }): Promise<"idle" | "stopped" | "replaced">;

  /** Forget everything about a thread. */
  deleteThread(thread: string): Promise<void>;

  /** The ids of the threads that are stored. */
  threads(): Promise<string[]>;

  /** A whole thread as bytes that any host can read, and their SHA-256 in hex. */
  exportThread(thread: string): Promise<{ data: Uint8Array; sha256: string }>;

  /** Store an exported thread; its id. Fails if there is such a thread already. */
  importThread(data: Uint8Array): Promise<string>;
}

// Errors

/** What Python raised: a graph, the session, or the storage. */
export class PythonError extends Error {
  /** The class's name: `"ZeroDivisionError"`, `"GraphRecursionError"`, `"StorageFullError"` … */
  readonly type: string;
  readonly module: string | null;
  readonly code: Shown;
  /** Python's, of the graph's own frames. */
  readonly traceback: string;
}

/** The worker was closed, or died, before it answered. */
export class ClosedError extends Error {}

/** The run was cancelled, by `cancel`, by its signal, or because the worker was replaced. */
export class CancelledError extends Error {}

/** A file of the runtime could not be fetched. */
export class DownloadError extends Error {
  readonly file: string;
}
