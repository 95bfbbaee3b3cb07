/**
 * The gates and caches of a modelled service, by name. All sessions of a run pass the same ones, so
 * they are of one thread, and a service has no other.
 */
import type { Cache, CacheState, Gate as ServiceGate } from "../../core/step.ts";
import { Gate } from "./gate.ts";

/** When a cache was last filled, and whether somebody was asked since then to fill it ahead. */
interface Filling {
  readonly atMs: number;
  readonly isAsked: boolean;
}

const never: Filling = Object.freeze({ atMs: Number.NEGATIVE_INFINITY, isAsked: false });

export class ServicePlaces {
  readonly #gates = new Map<string, { readonly capacity: number; readonly gate: Gate }>();
  readonly #fillings = new Map<string, Filling>();
  readonly #clockMs: () => number;

  /** Caches grow old by this clock. */
  constructor(clockMs: () => number) {
    this.#clockMs = clockMs;
  }

  /** The gate of this name. That it has one capacity only is the scenario's to see to. */
  gate({ name, capacity }: ServiceGate): Gate {
    const known = this.#gates.get(name);
    if (known?.capacity === capacity) return known.gate;
    if (known !== undefined) {
      throw new Error(`the gate ${name} is for ${known.capacity} and for ${capacity} at a time`);
    }
    const gate = new Gate();
    gate.limit(capacity);
    this.#gates.set(name, { capacity, gate });
    return gate;
  }

  lookUp({ name, lastsMs, aheadMs }: Cache): CacheState {
    const filling = this.#fillings.get(name) ?? never;
    const ageMs = this.#clockMs() - filling.atMs;
    if (ageMs >= lastsMs) return "due";
    if (ageMs < lastsMs - aheadMs || filling.isAsked) return "fresh";
    this.#fillings.set(name, { ...filling, isAsked: true });
    return "ahead";
  }

  filled({ name }: Cache): void {
    this.#fillings.set(name, { atMs: this.#clockMs(), isAsked: false });
  }
}
