/**
 * How often which time was measured, in the layout of HdrHistogram (http://hdrhistogram.org): 1 us
 * to 1 h, three significant digits, and any two of them add up exactly. The counts are kept here
 * because hdr-histogram-js takes 200 to 400 ns to record (this: about 50) and 8 ms for a mean, and
 * does not run in k6; it reads and writes the exchange format, and is the judge of this layout in
 * the tests.
 */
/** Longer times are recorded as this one, and counted as clipped. */
export const histogramMaxUs = 3_600_000_000;

/** Powers of two of 1 024 slots each: below 2 048 a slot is 1 us wide, and twice as wide with each further block. */
const blockBits = 10;
const blockSlots = 1 << blockBits;

/** Percentiles need this many measurements above them: from fewer, chance alone sets the figure. */
const samplesAboveMin = 10;

/** A histogram as plain data, for a message to another thread. */
export interface HistogramParts {
  /** By slot; what is left out is 0. */
  readonly counts: Uint32Array;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly clipped: number;
}

/** A histogram as what is in it alone: small, where many are kept. */
export interface HistogramEntries {
  /** The slots that are not empty, and how many times are in each. */
  readonly slots: Uint16Array;
  readonly counts: Uint32Array;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly clipped: number;
}

export class Histogram {
  /** Grows by blocks: most histograms of a run stay empty or end below a second. */
  #counts = new Uint32Array(0);
  #count = 0;
  #sumUs = 0;
  #minUs = Number.POSITIVE_INFINITY;
  #maxUs = 0;
  #clipped = 0;

  /** Rounds to whole microseconds; 0 is kept as 0. Negative or not a number is a bug of the caller's. */
  record(us: number): void {
    const whole = Math.round(us);
    if (!(whole >= 0)) throw new RangeError(`cannot record ${us} us`);
    if (whole > histogramMaxUs) {
      this.#clipped++;
      this.#put(histogramMaxUs, 1);
    } else {
      this.#put(whole, 1);
    }
  }

  add(other: Histogram): void {
    if (other.#count === 0) return;
    this.#reach(other.#counts.length - 1);
    for (let slot = 0; slot < other.#counts.length; slot++) {
      const count = other.#counts[slot] ?? 0;
      if (count > 0) this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
    }
    this.#count += other.#count;
    this.#sumUs += other.#sumUs;
    this.#minUs = Math.min(this.#minUs, other.#minUs);
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
    this.#clipped += other.#clipped;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumUs = 0;
    this.#minUs = Number.POSITIVE_INFINITY;
    this.#maxUs = 0;
    this.#clipped = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** How many were longer than `histogramMaxUs`. */
  get clipped(): number {
    return this.#clipped;
  }

  /** Exact, in microseconds; null when empty. So are `min` and `max`. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sumUs / this.#count;
  }

  get min(): number | null {
    return this.#count === 0 ? null : this.#minUs;
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#maxUs;
  }

  /**
   * The time, in microseconds, that the share `p` (0 to 1) of all measurements did not exceed: at
   * most 0.1 % above the exact one, never below it. Null when empty.
   */
  percentile(p: number): number | null {
    if (this.#count === 0) return null;
    // The product may be a rounding error above the whole number that is meant (0.999 × 1000).
    const rank = Math.max(1, Math.ceil(p * this.#count * (1 - 2 * Number.EPSILON)));
    let seen = 0;
    for (let slot = 0; slot < this.#counts.length; slot++) {
      seen += this.#counts[slot] ?? 0;
      if (seen >= rank) return Math.min(highestOf(slot), this.#maxUs);
    }
    return this.#maxUs;
  }

  /** The percentile, or null where too few measurements lie above it to say. */
  supported(p: number): number | null {
    return this.#count < samplesToSupport(p) ? null : this.percentile(p);
  }

  /** How many were longer than this, to the width of a slot. */
  countAbove(us: number): number {
    let count = 0;
    for (let slot = slotOf(Math.min(us, histogramMaxUs)) + 1; slot < this.#counts.length; slot++) {
      count += this.#counts[slot] ?? 0;
    }
    return count;
  }

  /** What is in it: the lowest time of each slot that is not empty, and how many times are in the slot. */
  *slots(): Generator<{
    readonly lowestUs: number;
    readonly highestUs: number;
    readonly count: number;
  }> {
    for (let slot = 0; slot < this.#counts.length; slot++) {
      const count = this.#counts[slot] ?? 0;
      if (count > 0) yield { lowestUs: lowestOf(slot), highestUs: highestOf(slot), count };
    }
  }

  /** So many measurements of one time, in whole microseconds up to `histogramMaxUs`. */
  recordTimes(us: number, count: number): void {
    this.#put(us, count);
  }

  toEntries(): HistogramEntries {
    const slots: number[] = [];
    this.#counts.forEach((count, slot) => {
      if (count > 0) slots.push(slot);
    });
    return {
      slots: Uint16Array.from(slots),
      counts: Uint32Array.from(slots, (slot) => this.#counts[slot] ?? 0),
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      clipped: this.#clipped,
    };
  }

  addEntries({ slots, counts, sumUs, minUs, maxUs, clipped }: HistogramEntries): void {
    const last = slots.at(-1);
    if (last === undefined) return;
    this.#reach(last);
    slots.forEach((slot, index) => {
      const count = counts[index] ?? 0;
      this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
      this.#count += count;
    });
    this.#sumUs += sumUs;
    this.#minUs = Math.min(this.#minUs, minUs);
    this.#maxUs = Math.max(this.#maxUs, maxUs);
    this.#clipped += clipped;
  }

  toParts(): HistogramParts {
    const used = this.#counts.findLastIndex((count) => count > 0) + 1;
    return {
      counts: this.#counts.slice(0, used),
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      clipped: this.#clipped,
    };
  }

  static fromParts({ counts, sumUs, minUs, maxUs, clipped }: HistogramParts): Histogram {
    const histogram = new Histogram();
    if (counts.length === 0) return histogram;
    histogram.#reach(counts.length - 1);
    histogram.#counts.set(counts);
    histogram.#count = counts.reduce((sum, count) => sum + count, 0);
    histogram.#sumUs = sumUs;
    histogram.#minUs = minUs;
    histogram.#maxUs = maxUs;
    histogram.#clipped = clipped;
    return histogram;
  }

  #put(us: number, times: number): void {
    const slot = slotOf(us);
    if (slot >= this.#counts.length) this.#reach(slot);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + times;
    this.#count += times;
    this.#sumUs += us * times;
    if (us < this.#minUs) this.#minUs = us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  #reach(slot: number): void {
    if (slot < this.#counts.length) return;
    const grown = new Uint32Array(((slot >>> blockBits) + 1) << blockBits);
    grown.set(this.#counts);
    this.#counts = grown;
  }
}

/** How many measurements a percentile needs: `count × (1 - p)` must reach 10. */
export function samplesToSupport(p: number): number {
  // Without the correction 1 - 0.9 is a little below 0.1, and 100 would not suffice for p90.
  return Math.ceil((samplesAboveMin / (1 - p)) * (1 - 1e-12));
}

function slotOf(us: number): number {
  const doublings = doublingsOf(us);
  return (doublings << blockBits) + (us >>> doublings);
}

/** By how many powers of two the time's slot is wider than 1 us. Times are below 2^32. */
function doublingsOf(us: number): number {
  return Math.max(0, 31 - blockBits - Math.clz32(us));
}

function lowestOf(slot: number): number {
  const block = slot >>> blockBits;
  const doublings = Math.max(0, block - 1);
  // Not a shift: the last block is above 2^31.
  return (slot - doublings * blockSlots) * 2 ** doublings;
}

function highestOf(slot: number): number {
  return lowestOf(slot + 1) - 1;
}
