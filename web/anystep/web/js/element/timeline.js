// The row below the picture: where in the run one is, and the ways to elsewhere in it.

export class Timeline {
  #parts;

  /**
   * @param {Record<string, any>} parts
   * @param {() => number} at the frame that is shown
   * @param {(index?: number) => void} select shows another; the newest if none is named
   */
  constructor(parts, at, select) {
    this.#parts = parts;
    const on = (part, does) => part.addEventListener("click", does);
    on(parts.first, () => select(0));
    on(parts.previous, () => select(at() - 1));
    on(parts.next, () => select(at() + 1));
    on(parts.newest, () => select());
    parts.scrubber.addEventListener("input", () => select(Number(parts.scrubber.value)));
  }

  /** Show the place of a frame among those of a model. */
  show({ frames, dropped }, index) {
    const { scrubber, place, first, previous, next, newest } = this.#parts;
    const last = frames.length - 1;
    scrubber.max = String(Math.max(0, last));
    scrubber.value = String(Math.max(0, index));
    place.value = `${frames.length === 0 ? 0 : index + dropped + 1} / ${frames.length + dropped}`;
    scrubber.setAttribute("aria-valuetext", place.value);
    first.disabled = previous.disabled = index <= 0;
    next.disabled = newest.disabled = index >= last;
  }
}
