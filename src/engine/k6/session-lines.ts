/** The lines of all sessions, put together: sums of counts, whoever wrote them in whatever order. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Digest } from "../../core/digest.ts";
import { Fates, type FateArrays } from "../../core/fates.ts";
import { type Ended, LastWrites, type ToldWrites } from "../../core/last-writes.ts";
import { transactionStream } from "../../core/random.ts";
import type { Context, Scenario, Write } from "../../core/scenario.ts";
import { Tally } from "../../metrics/tally.ts";
import { tallyFromJson } from "../../metrics/tally-parts.ts";
import type { Plan } from "../../core/plan.ts";
import { leftOver } from "./left-over.ts";
import type { ArrivalsJson, Line, SessionLine, SlotJson } from "./lines.ts";
import { sessionBug } from "./losses.ts";

export interface Drawing {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly context: Context;
  readonly world: unknown;
}

/** Throws an Error for what is no line of ours, and for a session that ended by a bug. */
export class SessionLines {
  readonly warmup = new Tally();
  /** Of the measured time: one before each cut, and one after the last. */
  readonly parts: Tally[] = [];
  readonly slots: SlotJson[] = [];
  readonly #drawing: Drawing;
  readonly #seen = new Set<number>();
  readonly #digest = new Digest();
  readonly #fates: FateArrays[] = [];
  readonly #writes: { readonly key: string; readonly ended: Ended }[] = [];
  readonly #arrivals: ArrivalsJson[] = [];
  transactionsEnded = 0;
  lostConnections = 0;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
  }

  async readFile(path: string): Promise<void> {
    for await (const text of createInterface({ input: createReadStream(path) })) {
      if (text.startsWith("{")) this.add(text);
    }
  }

  add(text: string): void {
    const line = JSON.parse(text) as Line;
    if (line.loadgen === "bug/1") {
      throw sessionBug(line.session, line.message, line.stack);
    }
    if (this.#seen.has(line.session)) throw new Error(`session ${line.session} has two lines`);
    this.#seen.add(line.session);
    this.#addSession(line);
  }

  /** The sessions that left no line. */
  missing(): readonly number[] {
    const { sessions } = this.#drawing.plan;
    return Array.from({ length: sessions }, (_, session) => session).filter(
      (session) => !this.#seen.has(session),
    );
  }

  get digest(): string {
    return this.#digest.toString();
  }

  fates(): FateArrays | null {
    return this.#drawing.plan.ledger ? Fates.from(this.#fates).toArrays() : null;
  }

  /** In an open loop: adds the arrivals that were due before `endMs` and never started, behind the last cut. */
  addLeftOver(endMs: number, cuts: number): void {
    const { tally, digest } = leftOver(this.#drawing, this.#arrivals, endMs);
    this.#digest.merge(digest);
    (this.parts[cuts] ??= new Tally()).add(tally);
  }

  /** As one thread would know it that had all sessions: in the order in which they were acknowledged. */
  lastWrites(): ToldWrites {
    const last = new LastWrites();
    const acknowledged = ({ ended }: { readonly ended: Ended }) =>
      ended.acknowledgedMs ?? Number.POSITIVE_INFINITY;
    const inOrder = [...this.#writes].sort((one, other) => acknowledged(one) - acknowledged(other));
    for (const { key, ended } of inOrder) {
      last.add([{ key, value: () => this.#valueOf(key, ended) }], ended);
    }
    return last.toTell();
  }

  #addSession(line: SessionLine): void {
    this.#digest.merge(Digest.from(line.digest));
    this.warmup.add(tallyFromJson(line.warmup));
    line.parts.forEach((part, index) => {
      (this.parts[index] ??= new Tally()).add(tallyFromJson(part));
    });
    for (const slot of line.slots) this.slots.push(slot);
    if (line.fates !== null) this.#fates.push(fateArrays(line.fates));
    for (const { key, ended } of line.writes) {
      for (const one of ended) {
        const { phase, number, beganUs, acknowledgedUs } = one;
        this.#writes.push({
          key,
          ended: {
            phase,
            owner: line.arrivals === null ? line.session : "arrival",
            number,
            beganMs: beganUs / 1000,
            acknowledgedMs: acknowledgedUs === null ? null : acknowledgedUs / 1000,
          },
        });
      }
    }
    if (line.arrivals !== null) this.#arrivals.push(line.arrivals);
    this.transactionsEnded += line.transactionsEnded;
    this.lostConnections += line.lostConnections;
  }

  /** Drawn once more: the same stream gives the same transaction. */
  #valueOf(key: string, { phase, owner, number }: Ended): ReturnType<Write["value"]> {
    const { plan, scenario, world, context } = this.#drawing;
    const stream = transactionStream(plan.seed, phase, owner, number);
    const { writes = [] } = scenario.draw(stream, world, context);
    const write = writes.find((one) => one.key === key);
    if (write === undefined)
      throw new Error(`transaction ${number} of ${owner} does not write ${key}`);
    return write.value();
  }
}

function fateArrays(fates: NonNullable<SessionLine["fates"]>): FateArrays {
  const { owners, numbers, parts, attempts, digests, codes } = fates;
  return {
    owners: Int32Array.from(owners),
    numbers: Int32Array.from(numbers),
    parts: Int32Array.from(parts),
    attempts: Int32Array.from(attempts),
    digests: Float64Array.from(digests),
    codes: Uint8Array.from(codes),
  };
}
