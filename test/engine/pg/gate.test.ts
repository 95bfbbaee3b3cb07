import { describe, expect, it } from "vitest";
import { Gate } from "../../../src/engine/pg/gate.ts";

/** Those who came, in order, and who of them was let in, in the order of that. */
class Visitors {
  readonly let: number[] = [];
  readonly #gate: Gate;
  #came = 0;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** So many more come, one after the other. Those who are let in at once are it before this returns. */
  come(count: number): void {
    for (let time = 0; time < count; time++) {
      const number = this.#came++;
      const entering = this.#gate.enter();
      if (entering === null) this.let.push(number);
      else void entering.then(() => this.let.push(number));
    }
  }

  async leave(count: number): Promise<void> {
    for (let time = 0; time < count; time++) this.#gate.leave();
    await settled();
  }
}

/** Whoever was let in has noticed. */
async function settled(): Promise<void> {
  await Promise.resolve();
}

function gateFor(max: number | null): { readonly gate: Gate; readonly visitors: Visitors } {
  const gate = new Gate();
  gate.limit(max);
  return { gate, visitors: new Visitors(gate) };
}

describe("a gate", () => {
  it("that was never limited keeps nobody waiting", () => {
    const gate = new Gate();
    expect(Array.from({ length: 1000 }, () => gate.enter())).toEqual(Array(1000).fill(null));
    expect(gate.insideMax).toBe(1000);
  });

  it("lets in as many as it may, and for each who leaves the one who came first", async () => {
    const { visitors } = gateFor(2);
    visitors.come(5);
    expect(visitors.let).toEqual([0, 1]);
    await visitors.leave(1);
    expect(visitors.let).toEqual([0, 1, 2]);
    visitors.come(1);
    await visitors.leave(2);
    expect(visitors.let).toEqual([0, 1, 2, 3, 4]);
    await visitors.leave(1);
    expect(visitors.let).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("lets nobody pass those who wait", async () => {
    const { visitors } = gateFor(1);
    visitors.come(2);
    const leaving = visitors.leave(1);
    // Its place went to who waits, before anybody could ask for it.
    visitors.come(1);
    await leaving;
    expect(visitors.let).toEqual([0, 1]);
  });

  it("lets those inside finish when it narrows, and nobody in until they are few enough", async () => {
    const { gate, visitors } = gateFor(null);
    visitors.come(4);
    gate.limit(2);
    visitors.come(2);
    await visitors.leave(2);
    expect(visitors.let).toEqual([0, 1, 2, 3]);
    await visitors.leave(1);
    expect(visitors.let).toEqual([0, 1, 2, 3, 4]);
  });

  it("lets in those who wait when it widens, as many as it may now", async () => {
    const { gate, visitors } = gateFor(1);
    visitors.come(6);
    gate.limit(3);
    await settled();
    expect(visitors.let).toEqual([0, 1, 2]);
    gate.limit(null);
    await settled();
    expect(visitors.let).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("may be shut altogether for a while", async () => {
    const { gate, visitors } = gateFor(0);
    visitors.come(2);
    expect(visitors.let).toEqual([]);
    gate.limit(null);
    await settled();
    expect(visitors.let).toEqual([0, 1]);
  });

  it("knows the most that were ever inside at once, those that had to wait included", async () => {
    const { gate, visitors } = gateFor(2);
    expect(gate.insideMax).toBe(0);
    visitors.come(5);
    expect(gate.insideMax).toBe(2);
    gate.limit(3);
    await visitors.leave(3);
    expect(gate.insideMax).toBe(3);
    await visitors.leave(2);
    visitors.come(1);
    expect(gate.insideMax).toBe(3);
  });
});
