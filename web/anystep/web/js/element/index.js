// <anystep-graph>: draw a graph, follow its run, ask its questions, travel in its time.
//
//   <script type="module" src="anystep/element/index.js"></script>
//   <anystep-graph src="recorded.json" autoplay></anystep-graph>
//
// The same element plays a recording without Python, follows a live graph (`bind`, `run`), and takes
// events that a host pushes (`push`), as a PyScript page does. index.d.ts says what there is.

import { ForkForm, lineage } from "./fork.js";
import { QuestionForm, Replaced } from "./form.js";
import { bestDirection, clustersOf, collapsed } from "./layout.js";
import { RunModel, nodeStates } from "./model.js";
import { paceOf, pause } from "./pace.js";
import { StatePanel, StepList, listNodes, say } from "./panels.js";
import { Picture, WORDS } from "./picture.js";
import { buildShell } from "./shell.js";
import { sheet } from "./style.js";
import { Timeline } from "./timeline.js";
import { failureOf } from "./values.js";

/** Milliseconds between two pictures of a run that nobody could follow step by step. */
const BUSY = 80;

const LIVE_MODES = ["tasks", "values", "checkpoints"];

export class AnystepGraph extends HTMLElement {
  static observedAttributes = ["src", "direction", "view"];

  #parts;
  #picture;
  #form;
  #steps;
  #state;
  #forkForm;
  #timeline;
  #model = new RunModel();
  #drawing = null;
  #clusters = [];
  /** Those of them that are shown as one node. */
  #folded = new Set();
  /** The frame shown; null follows the newest. */
  #chosen = null;
  #stateView = "state";
  #over = false;
  #running = new AbortController();
  #bound = null;
  #recording = null;
  #due = false;
  #direction = "TB";

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet()];
    const { root, parts } = buildShell();
    shadow.append(root);
    this.#parts = parts;
    this.#picture = new Picture(parts.svg, (cluster) => this.#toggle(cluster));
    this.#form = new QuestionForm(parts.question, () => parts.status.focus());
    this.#steps = new StepList(parts.steps, (frame) =>
      this.select(this.#model.frames.indexOf(frame)),
    );
    this.#state = new StatePanel(parts.state);
    this.#forkForm = new ForkForm(
      parts,
      (checkpoint, values) => this.#fork(checkpoint, values),
      () => parts.status.focus(),
    );
    this.#listen();
  }

  connectedCallback() {
    this.#render();
  }

  attributeChangedCallback(name, _before, value) {
    if (name === "src" && value) this.#load(value);
    if (name === "view") this.#showList(value === "list");
    if (name === "direction") this.#redraw();
  }

  get drawing() {
    return this.#drawing;
  }

  set drawing(drawing) {
    this.#drawing = drawing;
    const clusters = drawing === null ? [] : clustersOf(drawing);
    // Who expanded a subgraph and runs the same graph again still wants to see inside.
    const fresh = clusters.filter((cluster) => !this.#clusters.includes(cluster));
    const still = clusters.filter((cluster) => this.#folded.has(cluster));
    this.#folded = new Set(this.hasAttribute("expand") ? still : [...still, ...fresh]);
    this.#clusters = clusters;
    this.#parts.expand.hidden = clusters.length === 0;
    this.#redraw();
  }

  get values() {
    return this.#model.values;
  }

  get questions() {
    return this.#model.questions;
  }

  get length() {
    return this.#model.frames.length;
  }

  // Recordings and events

  async #load(address) {
    try {
      const response = await fetch(new URL(address, document.baseURI));
      if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
      this.#recording = await response.json();
      this.drawing = this.#recording.drawing;
      this.#tell("loaded", { recording: this.#recording });
      if (this.hasAttribute("autoplay")) await this.play();
    } catch (error) {
      if (!(error instanceof Replaced)) this.#fail(error);
    }
  }

  async play(recording = this.#recording) {
    if (recording === null) throw new Error("there is no recording: give one, or set src");
    this.#recording = recording;
    if (recording.drawing !== this.#drawing) this.drawing = recording.drawing;
    const signal = this.#take();
    try {
      for (const [index, run] of recording.runs.entries()) {
        if ("resume" in run) await pause(2 * this.#pace(), signal);
        this.#form.hide();
        const questions = await this.#follow(run.events, signal);
        const next = recording.runs[index + 1];
        if (questions.length > 0 && next !== undefined) this.#form.recall(questions, next.resume);
      }
      this.finish();
    } catch (error) {
      if (!(error instanceof Replaced)) throw error;
    }
  }

  follow(events) {
    return this.#follow(events, this.#take());
  }

  push(event) {
    const said = typeof event === "string" ? JSON.parse(event) : event;
    if (said.mode === "drawing") this.drawing = said.data;
    else if (this.#model.add(said)) this.#render();
  }

  finish() {
    this.#over = this.questions.length === 0;
    this.#parts.stop.hidden = true;
    this.#render();
    if (this.#over) this.#tell("done", { values: this.values });
  }

  async ask(questions) {
    this.#tell("question", { questions });
    const answer = await this.#form.ask(questions, this.#running.signal);
    this.#tell("answer", { answer });
    return answer;
  }

  reset() {
    this.#take();
    this.#render();
  }

  select(index) {
    const last = this.#model.frames.length - 1;
    this.#chosen = index === undefined || index >= last ? null : Math.max(0, index);
    this.#render();
  }

  // A live graph

  async bind(graph, { thread = "1", pace } = {}) {
    this.#take();
    this.#bound = graph === null ? null : { graph, thread, pace };
    if (graph === null) return;
    this.drawing = graph.draw ? await graph.draw({ xray: true }) : graph.drawing;
  }

  run(input, options = {}) {
    const signal = this.#take();
    return this.#drive((graph, asked) => graph.stream(input, { ...asked, ...options }), signal);
  }

  async restore() {
    const { graph, thread } = this.#mustBe();
    const signal = this.#take();
    this.#model.restore(await graph.history(thread));
    this.#over = this.questions.length === 0 && this.length > 0;
    this.#render();
    if (this.questions.length === 0) return this.values;
    return this.#drive(null, signal);
  }

  async stop() {
    this.#running.abort(new Replaced());
    if (this.#bound !== null) await this.#bound.graph.cancel(this.#bound.thread);
    this.#parts.stop.hidden = true;
    say(this.#parts.status, "stopped");
  }

  async #fork(checkpoint, values) {
    const { graph, thread } = this.#mustBe();
    const signal = this.#take();
    try {
      const writes = Object.keys(values).length > 0 ? values : undefined;
      await graph.fork(thread, checkpoint, writes);
      this.#tell("fork", { checkpoint, values });
      this.#model.restore(lineage(await graph.history(thread)));
      this.#render();
      await this.#drive((live, asked) => live.stream(null, asked), signal);
    } catch (error) {
      if (!(error instanceof Replaced) && this.#parts.error.hidden) this.#fail(error);
    }
  }

  // One run to its end, through every question; null begins at the question that is open.
  async #drive(begin, signal) {
    const { graph, thread } = this.#mustBe();
    const asked = { thread, modes: LIVE_MODES, subgraphs: true };
    this.#parts.stop.hidden = false;
    try {
      let questions =
        begin === null ? this.questions : await this.#follow(begin(graph, asked), signal);
      while (questions.length > 0) {
        const answer = await this.ask(questions);
        signal.throwIfAborted();
        questions = await this.#follow(graph.resume(answer, asked), signal);
      }
      this.finish();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
      throw error;
    }
    return this.values;
  }

  #mustBe() {
    if (this.#bound === null)
      throw new Error("no graph is bound: call bind(graph, {thread}) first");
    return this.#bound;
  }

  // The stage

  /** Begin something that takes the stage; whatever had it before ends. */
  #take() {
    this.#running.abort(new Replaced());
    this.#running = new AbortController();
    this.#model = new RunModel();
    this.#chosen = null;
    this.#over = false;
    this.#form.hide();
    this.#forkForm.hide();
    this.#parts.error.hidden = true;
    return this.#running.signal;
  }

  async #follow(events, signal) {
    signal.throwIfAborted();
    let started = false;
    for await (const event of events) {
      // Another run may have begun while this event was on its way.
      signal.throwIfAborted();
      const { mode, data } = event;
      const ends = mode === "tasks" && ("result" in data || "error" in data);
      // Long enough to see what runs, once for all tasks of a step.
      if (ends && started) await pause(this.#pace(), signal);
      if (mode === "tasks") started = !ends;
      if (this.#model.add(event)) this.#render();
    }
    this.#render();
    return this.questions;
  }

  #pace() {
    return paceOf(this.#bound?.pace ?? this.getAttribute("pace"), this.length);
  }

  #fail(error) {
    const { error: box } = this.#parts;
    box.replaceChildren(...failureOf(error));
    box.hidden = false;
    this.#parts.stop.hidden = true;
    this.#render();
    this.#tell("error", { error });
  }

  #tell(name, detail) {
    this.dispatchEvent(
      new CustomEvent(`anystep-${name}`, { detail, bubbles: true, composed: true }),
    );
  }

  // Showing: at most once a frame, however fast events come.

  #render() {
    if (this.#due) return;
    this.#due = true;
    const show = () => {
      this.#due = false;
      this.#show();
    };
    // A long run at full speed leaves the processor to whoever computes it.
    if (this.#pace() > 0 || this.#over) requestAnimationFrame(show);
    else setTimeout(() => requestAnimationFrame(show), BUSY);
  }

  #show() {
    const { frames } = this.#model;
    const index = this.#chosen ?? frames.length - 1;
    const paths = this.#drawing?.nodes.map(({ id }) => id) ?? [];
    const states = nodeStates(this.#model, index, paths, this.#over);
    this.#picture.show(states);
    if (this.#drawing !== null && !this.#parts.listing.hidden)
      listNodes(this.#parts.listing, this.#drawing, states);
    this.#steps.show(this.#model, index);
    this.#state.show(frames[index], this.#stateView);
    this.#timeline.show(this.#model, index);
    this.#parts.fork.hidden = this.#bound === null || !frames[index]?.checkpoint;
    const [running] = [...states]
      .filter(([, { now }]) => now)
      .map(([path, { state }]) => `${path.replaceAll(":", " › ")}: ${WORDS[state]}`);
    const idle = this.#drawing === null ? "no graph yet" : "ready";
    const doing = running ?? (frames.length > 0 ? "started" : idle);
    say(this.#parts.status, this.#over && this.#chosen === null ? "finished" : doing);
    this.#tell("step", { index });
  }

  #redraw() {
    this.#parts.picture.classList.toggle("empty", this.#drawing === null);
    if (this.#drawing === null) return;
    const shown = collapsed(this.#drawing, [...this.#folded]);
    this.#direction = this.#directionFor(shown);
    const { width, height } = this.#picture.draw(shown, this.#direction);
    // Never blown up beyond a third more than its own size, however much room there is.
    this.#parts.svg.style.maxWidth = `${Math.round(width * 1.3)}px`;
    this.#parts.svg.style.maxHeight = `${Math.round(height * 1.3)}px`;
    this.#parts.expand.setAttribute("aria-pressed", String(this.#folded.size === 0));
    this.#render();
  }

  #directionFor(drawing) {
    const asked = this.getAttribute("direction");
    if (asked === "TB" || asked === "LR") return asked;
    const { clientWidth: width, clientHeight: height } = this.#parts.picture;
    return bestDirection(drawing, { width: width - 26, height: height - 26 });
  }

  #toggle(cluster) {
    if (!this.#folded.delete(cluster)) this.#folded.add(cluster);
    this.#redraw();
  }

  #showList(listed) {
    const { asList, listing, svg } = this.#parts;
    asList.setAttribute("aria-pressed", String(listed));
    listing.hidden = !listed;
    svg.toggleAttribute("hidden", listed);
    this.#render();
  }

  #view(name) {
    this.#stateView = name;
    this.#parts.viewState.setAttribute("aria-pressed", String(name === "state"));
    this.#parts.viewChanges.setAttribute("aria-pressed", String(name === "changes"));
    this.#render();
  }

  #listen() {
    const parts = this.#parts;
    const at = () => this.#chosen ?? this.length - 1;
    const on = (part, does) => part.addEventListener("click", does);
    new ResizeObserver(() => {
      if (this.#drawing === null) return;
      const shown = collapsed(this.#drawing, [...this.#folded]);
      if (this.#directionFor(shown) !== this.#direction) this.#redraw();
    }).observe(parts.picture);
    this.#timeline = new Timeline(parts, at, (index) => this.select(index));
    on(parts.viewState, () => this.#view("state"));
    on(parts.viewChanges, () => this.#view("changes"));
    on(parts.asList, () => this.#showList(parts.listing.hidden));
    on(parts.stop, () => this.stop());
    on(parts.expand, () => {
      this.#folded = new Set(this.#folded.size > 0 ? [] : clustersOf(this.#drawing));
      this.#redraw();
    });
    on(parts.fork, () => this.#forkForm.offer(this.#model.frames[at()]));
  }
}

if (!customElements.get("anystep-graph")) customElements.define("anystep-graph", AnystepGraph);
