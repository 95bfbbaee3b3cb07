/**
 * Timed entries within a bounded memory. When it is full every second entry goes, and from
 * then on only every second one is kept: the whole time stays covered, at half the density.
 */
export interface Timed {
  /** When the question was sent and when the answer was there; what is told is of a time between. */
  readonly sentMs: number;
  readonly answeredMs: number;
}

export class History<Entry extends Timed> {
  readonly #entriesMax: number;
  #kept: Entry[] = [];
  #seen = 0;
  #stride = 1;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  add(entry: Entry): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(entry);
    if (this.#kept.length <= this.#entriesMax) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /**
   * What is certainly of the time from `startMs` to `endMs`: asked and answered within. An entry
   * across the edge of two windows is in neither, for it may show what only the other one allows.
   */
  between(startMs: number, endMs: number): readonly Entry[] {
    return this.#kept.filter(({ sentMs, answeredMs }) => sentMs >= startMs && answeredMs < endMs);
  }
}
