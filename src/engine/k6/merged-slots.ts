/** The slots of all sessions, added up as they come: those of 10 000 sessions, one by one, are gigabytes. */
import type { SlotJson } from "./lines.ts";
import { addProgress, type Progress } from "./progress.ts";

interface MergedSlot extends Progress {
  readonly slot: number;
  readonly cuts: number;
  readonly latencies: Map<number, number>;
}

export class MergedSlots {
  readonly #slots = new Map<string, MergedSlot>();

  add({ latencies, ...told }: SlotJson): void {
    const key = `${told.slot}/${told.cuts}`;
    const merged = this.#slots.get(key);
    if (merged === undefined) {
      this.#slots.set(key, { ...told, latencies: new Map(latencies) });
      return;
    }
    addProgress(merged, told);
    for (const [us, count] of latencies) {
      merged.latencies.set(us, (merged.latencies.get(us) ?? 0) + count);
    }
  }

  toJson(): readonly SlotJson[] {
    return [...this.#slots.values()].map((slot) => ({ ...slot, latencies: [...slot.latencies] }));
  }
}
