// The element's style. A page changes it through the --anystep-… properties, which it may set itself.

const CSS = `
:host {
  --paper: var(--anystep-paper, #fffefb); --sunk: var(--anystep-sunk, #f5f3ec);
  --ink: var(--anystep-ink, #1c2024); --soft: var(--anystep-soft, #596169); --line: var(--anystep-line, #e0ddd3);
  --accent: var(--anystep-accent, #0b6e66); --accent-ink: var(--anystep-accent-ink, #fff); --wash: var(--anystep-wash, #dcefeb);
  --wait: var(--anystep-wait, #8a5206); --wait-line: var(--anystep-wait-line, #d58a1a); --wait-wash: var(--anystep-wait-wash, #fdf1d9);
  --bad: var(--anystep-bad, #a3262a); --bad-wash: var(--anystep-bad-wash, #fbe6e4);
  display: block; container-type: inline-size; color: var(--ink); font: 0.94rem/1.5 var(--anystep-sans, ui-sans-serif, system-ui, sans-serif);
  text-align: left;
}
:host([hidden]) { display: none; }
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) {
    --paper: var(--anystep-paper, #191c21); --sunk: var(--anystep-sunk, #131519);
    --ink: var(--anystep-ink, #e9e7e1); --soft: var(--anystep-soft, #a0a8b0); --line: var(--anystep-line, #31363e);
    --accent: var(--anystep-accent, #46cbb8); --accent-ink: var(--anystep-accent-ink, #06231f); --wash: var(--anystep-wash, #12372f);
    --wait: var(--anystep-wait, #f2c06c); --wait-line: var(--anystep-wait-line, #d99a2b); --wait-wash: var(--anystep-wait-wash, #37290f);
    --bad: var(--anystep-bad, #f39a98); --bad-wash: var(--anystep-bad-wash, #3a1d1e);
  }
}
:host([theme="dark"]) {
  --paper: #191c21; --sunk: #131519; --ink: #e9e7e1; --soft: #a0a8b0; --line: #31363e; --accent: #46cbb8; --accent-ink: #06231f;
  --wash: #12372f; --wait: #f2c06c; --wait-line: #d99a2b; --wait-wash: #37290f; --bad: #f39a98; --bad-wash: #3a1d1e;
}
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
ol, ul { list-style: none; }
h3 { font-size: 0.78rem; font-weight: 650; letter-spacing: 0.02em; color: var(--soft); }
button, input, textarea, select { font: inherit; color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }

.root { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; height: 100%; background: var(--paper); border: 1px solid var(--line); border-radius: var(--anystep-round, 16px); overflow: hidden; }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 2.9rem; padding: 0.35rem 0.9rem; border-bottom: 1px solid var(--line); }
.status { display: flex; align-items: center; gap: 0.5rem; min-width: 0; font-size: 0.88rem; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.status::before { content: ""; flex: none; width: 0.55rem; height: 0.55rem; border-radius: 50%; background: var(--accent); }
.status[data-state="interrupted"] { color: var(--wait); }
.status[data-state="interrupted"]::before { background: var(--wait-line); }
.status[data-state="failed"] { color: var(--bad); }
.status[data-state="failed"]::before { background: var(--bad); }
.tools { display: flex; gap: 0.4rem; flex: none; }
.plain, .tab { padding: 0.26rem 0.7rem; font-size: 0.84rem; border: 1px solid var(--line); border-radius: 8px; background: none; cursor: pointer; white-space: nowrap; }
.plain:hover, .tab:hover { border-color: var(--soft); }
.plain[aria-pressed="true"], .tab[aria-pressed="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); font-weight: 600; }

.stage { display: grid; grid-template: minmax(0, 1fr) / minmax(0, 5fr) minmax(0, 7fr); height: var(--anystep-height, 34rem); min-height: 0; }
.picture { display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); place-items: center; min-height: 0; min-width: 0; padding: 0.8rem; background: radial-gradient(var(--line) 1px, transparent 1.4px) 0 0 / 18px 18px, var(--sunk); border-right: 1px solid var(--line); overflow: auto; }
.picture.empty::before { content: "The graph appears here"; grid-area: 1 / 1; color: var(--soft); }
.picture.empty svg { display: none; }
.steps:empty::before { content: "No steps yet."; color: var(--soft); font-size: 0.86rem; padding-left: 0.75rem; }
.picture svg { width: 100%; height: 100%; overflow: visible; }
.icon { width: 0.95rem; height: 0.95rem; fill: currentColor; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vertical-align: -0.1rem; }
svg text { font: 600 14px var(--anystep-sans, ui-sans-serif, system-ui, sans-serif); fill: var(--ink); }
.node rect { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; transition: fill 0.25s, stroke 0.25s; }
.node .box { filter: drop-shadow(0 1px 2px rgb(0 0 0 / 0.09)); }
.node.end text { font-weight: 500; font-size: 12px; fill: var(--soft); }
.node .behind { display: none; }
.node.stacked .behind { display: initial; }
.node .sign { font-size: 13px; fill: var(--accent); opacity: 0.9; }
.node.end .sign { display: none; }
.node .count { display: none; }
.node.stacked .count { display: initial; }
.node .count rect { fill: var(--ink); stroke: none; }
.node .count text { font-size: 11px; fill: var(--paper); }
.node[data-state="done"] rect { stroke: var(--accent); }
.node[data-state="done"].now rect.box, .node.end[data-state="done"] rect.box { fill: var(--wash); }
.node[data-state="active"] rect { stroke: var(--accent); fill: var(--wash); }
.node[data-state="active"] .box { stroke-width: 2.5; animation: breathe 1.2s ease-in-out infinite; }
.node[data-state="interrupted"] rect { stroke: var(--wait-line); fill: var(--wait-wash); stroke-width: 2; }
.node[data-state="interrupted"] .sign { fill: var(--wait); }
.node[data-state="failed"] rect { stroke: var(--bad); fill: var(--bad-wash); stroke-width: 2; }
.node[data-state="failed"] .sign { fill: var(--bad); }
.node[data-state="skipped"] rect { stroke-dasharray: 4 4; fill: none; filter: none; }
.node[data-state="skipped"] text { fill: var(--soft); }
.node .count rect { fill: var(--ink) !important; }
.cluster rect { fill: color-mix(in srgb, var(--paper) 55%, transparent); stroke: var(--line); stroke-dasharray: 5 4; }
.cluster text { font-size: 12px; fill: var(--soft); }
.foldable { cursor: pointer; }
.fold { font-size: 16px; fill: var(--soft) !important; }
.edge { fill: none; stroke: color-mix(in srgb, var(--soft) 55%, transparent); stroke-width: 1.5; marker-end: url(#arrow); transition: stroke 0.25s; }
.edge.conditional { stroke-dasharray: 5 4; }
.edge.taken, .edge.flowing { stroke: var(--accent); stroke-width: 2; marker-end: url(#arrow-taken); }
.edge.flowing { stroke-dasharray: 6 5; animation: flow 0.6s linear infinite; }
#arrow path { fill: color-mix(in srgb, var(--soft) 70%, transparent); }
#arrow-taken path { fill: var(--accent); }
.edge-label { font-size: 11px; font-weight: 500; fill: var(--soft); paint-order: stroke; stroke: var(--sunk); stroke-width: 4px; }
@keyframes breathe { 50% { stroke-width: 4.5; } }
@keyframes flow { to { stroke-dashoffset: -11; } }

.listing { width: 100%; max-height: 100%; overflow: auto; display: grid; gap: 0.4rem; align-content: start; align-self: stretch; }
.listing li { display: grid; grid-template-columns: 1fr auto; gap: 0 0.8rem; padding: 0.5rem 0.75rem; background: var(--paper); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 9px; }
.listing li[data-state="done"], .listing li[data-state="active"] { border-left-color: var(--accent); }
.listing li[data-state="interrupted"] { border-left-color: var(--wait-line); }
.listing li[data-state="failed"] { border-left-color: var(--bad); }
.listing em { font-style: normal; font-size: 0.84rem; color: var(--soft); }
.listing span { grid-column: 1 / -1; font-size: 0.84rem; color: var(--soft); }

.side { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
.columns { flex: 1; display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.15fr); min-height: 0; }
.columns section { display: grid; grid-template-rows: 2.5rem minmax(0, 1fr); min-height: 0; padding: 0 0.9rem 0.6rem; }
.columns section + section { border-left: 1px solid var(--line); }
.columns h3, .tabs { align-self: center; display: flex; gap: 0.35rem; }
.tab { padding: 0.12rem 0.6rem; }
.steps, .state { overflow: auto; scrollbar-width: thin; overscroll-behavior: contain; min-height: 0; position: relative; }
.step { display: grid; width: 100%; text-align: left; padding: 0.36rem 0.6rem; border: 0; border-left: 3px solid var(--line); background: none; border-radius: 0 8px 8px 0; cursor: pointer; }
.step:focus-visible, .state:focus-visible, .status:focus-visible { outline-offset: -3px; }
.step:hover { background: var(--sunk); }
.step[aria-current] { background: var(--wash); border-left-color: var(--accent); }
.step.interrupted, .step.interrupted[aria-current] { border-left-color: var(--wait-line); }
.step.interrupted[aria-current] { background: var(--wait-wash); }
.step.failed, .step.failed[aria-current] { border-left-color: var(--bad); }
.step.failed[aria-current] { background: var(--bad-wash); }
.step strong { font-weight: 620; font-size: 0.9rem; }
.step span { font-size: 0.82rem; color: var(--soft); overflow: hidden; text-overflow: ellipsis; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow-wrap: anywhere; }
.state > div { padding: 0.4rem 0.6rem; border-left: 3px solid transparent; border-radius: 0 8px 8px 0; }
.state > .changed { border-left-color: var(--accent); background: color-mix(in srgb, var(--wash) 45%, transparent); }
.state dt { display: flex; gap: 0.5rem; align-items: baseline; font: 600 0.8rem/1.5 var(--anystep-mono, ui-monospace, monospace); color: var(--soft); }
.state .none dt { font: inherit; font-size: 0.86rem; }
.state dd { font-size: 0.88rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.chip { padding: 0 0.45rem; border-radius: 99px; background: var(--wash); color: var(--accent); font-size: 0.72rem; }
.text { white-space: pre-wrap; }
.scalar { font-family: var(--anystep-mono, ui-monospace, monospace); font-size: 0.86rem; }
.list > li { position: relative; padding-left: 0.8rem; white-space: normal; }
.list > li::before { content: "·"; position: absolute; left: 0.15rem; color: var(--soft); }
.list > li:has(> details)::before { content: none; }
.object { white-space: normal; }
.object > div { display: grid; grid-template-columns: minmax(3.5rem, auto) minmax(0, 1fr); gap: 0 0.7rem; }
.object dt { font-size: 0.76rem; font-weight: 500; }
.message { display: grid; gap: 0.1rem; padding: 0.15rem 0 0.35rem; }
.message b { font-size: 0.76rem; font-weight: 650; color: var(--soft); }
.message[data-role="ai"] b { color: var(--accent); }
.message[data-role="tool"] b { color: var(--wait); }
.call { font: 0.82rem/1.5 var(--anystep-mono, ui-monospace, monospace); padding-left: 0.7rem; border-left: 2px solid var(--line); }
summary { cursor: pointer; color: inherit; }
ins { text-decoration: none; }
del { color: var(--soft); text-decoration-color: var(--bad); }
.pair { display: grid; gap: 0.25rem; }
pre { font: 0.8rem/1.5 var(--anystep-mono, ui-monospace, monospace); white-space: pre-wrap; overflow-wrap: anywhere; }

.question, .fork, .failure { display: grid; gap: 0.55rem; padding: 0.8rem 0.9rem; max-height: 68%; overflow: auto; border-bottom: 1px solid var(--line); animation: arrive 0.28s ease-out; }
.question { background: var(--wait-wash); border-bottom-color: var(--wait-line); }
.question h3 { color: var(--wait); font-size: 0.92rem; }
.failure { background: var(--bad-wash); }
.failure p { overflow-wrap: anywhere; }
.failure pre { max-height: 11rem; overflow: auto; }
.fork { background: var(--sunk); }
.asked { display: grid; gap: 0.4rem; font-size: 0.92rem; max-height: 13rem; overflow: auto; }
.asked .object dt { color: var(--wait); }
.answered { font-size: 0.9rem; color: var(--wait); }
fieldset { border: 0; display: grid; gap: 0.55rem; min-width: 0; }
fieldset:disabled { opacity: 0.55; }
.fields { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.fields.schema { display: grid; justify-items: start; }
.object-fields { display: grid; gap: 0.5rem; width: 100%; }
.free { display: flex; gap: 0.5rem; flex: 1 1 13rem; min-width: 0; }
label { display: grid; gap: 0.15rem; font-size: 0.88rem; width: 100%; }
label.check { display: flex; gap: 0.5rem; align-items: center; }
small, .problem { color: var(--soft); }
.problem { color: var(--bad); font-size: 0.88rem; width: 100%; }
.problem:empty { display: none; }
input[type="text"], input[type="number"], textarea, select { width: 100%; min-width: 0; padding: 0.42rem 0.65rem; background: var(--paper); border: 1px solid var(--soft); border-radius: 8px; }
textarea { resize: vertical; font-family: var(--anystep-mono, ui-monospace, monospace); font-size: 0.86rem; }
input[type="checkbox"] { width: 1.1rem; height: 1.1rem; accent-color: var(--accent); }
.primary, .quiet { padding: 0.45rem 0.95rem; font-weight: 600; border-radius: 8px; border: 1px solid var(--accent); background: var(--accent); color: var(--accent-ink); cursor: pointer; }
.quiet { background: none; color: var(--ink); border-color: var(--soft); }
.primary:hover { filter: brightness(1.08); }

.timeline { display: flex; align-items: center; gap: 0.35rem; padding: 0.4rem 0.9rem; border-top: 1px solid var(--line); }
.timeline > button:not(.plain) { width: 2.1rem; height: 2.1rem; border: 0; border-radius: 8px; background: none; color: var(--ink); cursor: pointer; font-size: 0.8rem; }
.timeline > button:not(.plain):hover:enabled { background: var(--wash); }
button:disabled { opacity: 0.4; cursor: default; }
.timeline input { flex: 1; min-width: 3rem; height: 1.6rem; accent-color: var(--accent); }
.place { min-width: 4.6em; text-align: right; font-size: 0.84rem; color: var(--soft); font-variant-numeric: tabular-nums; }
@keyframes arrive { from { opacity: 0; transform: translateY(-6px); } }

@container (max-width: 46rem) {
  .stage { grid-template: auto auto / minmax(0, 1fr); height: auto; }
  .picture { border-right: 0; border-bottom: 1px solid var(--line); height: var(--anystep-picture-height, 20rem); }
  .columns { height: var(--anystep-columns-height, 18rem); flex: none; }
  .question, .fork, .failure { max-height: none; }
}
@container (max-width: 30rem) {
  .picture { height: 25rem; }
  .columns { grid-template: 15rem 17rem / minmax(0, 1fr); height: auto; }
  .columns section + section { border-left: 0; border-top: 1px solid var(--line); }
  .timeline { flex-wrap: wrap; }
  .bar { padding-inline: 0.7rem; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;

let made;

/** One sheet for all elements of a page; a constructed sheet needs no permission of a strict policy. */
export function sheet() {
  if (made === undefined) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
