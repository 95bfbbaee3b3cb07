/** What happens in a run by the clock alone: each full second is told, and slots end around faults. */
import type { Recording } from "../engine/recording.ts";
import { slotMs } from "../metrics/slots.ts";
import type { RunListener } from "./listener.ts";
import type { Sampler } from "./sampler.ts";
import { until } from "./until.ts";

interface Beaten {
  /** When the measured time begins, by performance.now(). */
  readonly zeroMs: number;
  /** Aborts at the end of the measured time. */
  readonly stop: AbortSignal;
  readonly recording: Recording;
  readonly sampler: Sampler;
  /** The faults that are in force now. */
  readonly textsInForce: () => readonly string[];
  readonly hasSlots: boolean;
  readonly listener: RunListener;
}

export class Beat {
  readonly #beaten: Beaten;

  constructor(beaten: Beaten) {
    this.#beaten = beaten;
  }

  /** Tells how it goes at each full second. Resolves with the last one, in ms; what is left is for `sample`. */
  async seconds(): Promise<number> {
    const { zeroMs, stop } = this.#beaten;
    for (let second = Math.floor(this.#clockMs() / 1000) + 1; ; second++) {
      await until(zeroMs + second * 1000, stop);
      if (stop.aborted) return (second - 1) * 1000;
      await this.sample(second * 1000);
    }
  }

  /** Four times a second. */
  async slots(): Promise<void> {
    const { zeroMs, stop, recording, hasSlots } = this.#beaten;
    if (!hasSlots) return;
    for (;;) {
      const next = Math.max(0, Math.floor(this.#clockMs() / slotMs)) + 1;
      await until(zeroMs + next * slotMs, stop);
      if (stop.aborted) return;
      await recording.endSlot(this.#clockMs());
    }
  }

  /** Tells how it went up to this time. */
  async sample(atMs: number): Promise<void> {
    const { recording, sampler, textsInForce, listener } = this.#beaten;
    const phase = atMs <= 0 ? "warmup" : "measured";
    const { interval, started } = await recording.tick(phase, atMs);
    listener.sample(sampler.sample(interval, { atMs, phase, started }, textsInForce()));
  }

  #clockMs(): number {
    return performance.now() - this.#beaten.zeroMs;
  }
}
