/** The lines of all sessions, put together: sums of counts, whoever wrote them in whatever order. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Digest } from "../../core/digest.ts";
import { Fates, type FateArrays } from "../../core/fates.ts";
import {
  type Ended,
  LastWrites,
  mergedLastWrites,
  type ToldWrites,
} from "../../core/last-writes.ts";
import { ownerNumber, transactionStream } from "../../core/random.ts";
import type { Write } from "../../core/scenario.ts";
import { Tally } from "../../metrics/tally.ts";
import { tallyFromJson } from "../../metrics/tally-parts.ts";
import { sha256 } from "../decisions.ts";
import type { Drawing } from "./drawing.ts";
import { leftOver } from "./left-over.ts";
import {
  type ArrivalsJson,
  lineStart,
  type SessionLine,
  type SlotJson,
  unsealed,
} from "./lines.ts";
import { LineProblem, SessionBug } from "./losses.ts";
import { MergedSlots } from "./merged-slots.ts";

interface WrittenKey {
  readonly key: string;
  readonly ended: Ended;
}

/** Of a line that is none, so much is shown. */
const shownMax = 60;

export class SessionLines {
  readonly warmup = new Tally();
  /** Of the measured time: one before each cut, and one after the last. */
  readonly parts: Tally[] = [];
  readonly #drawing: Drawing;
  readonly #seen = new Set<number>();
  readonly #digest = new Digest();
  readonly #slots = new MergedSlots();
  readonly #fates: FateArrays[] = [];
  /** By runner: whose times are of one clock. */
  readonly #writes = new Map<string, WrittenKey[]>();
  readonly #zerosAtMs = new Map<string, number>();
  readonly #arrivals: ArrivalsJson[] = [];
  transactionsEnded = 0;
  lostConnections = 0;
  /** When the last session was connected, on the run's clock. */
  connectedMs = Number.NEGATIVE_INFINITY;
  /** When the last session was done, on the run's clock. */
  endedMs = 0;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
  }

  /** Other lines may stand between, and other words before. `onProblem` is handed each LineProblem. */
  async readFile(path: string, onProblem: (problem: LineProblem) => void): Promise<void> {
    for await (const text of createInterface({ input: createReadStream(path) })) {
      const start = text.indexOf(lineStart);
      if (start < 0) continue;
      try {
        this.add(text.slice(start).trimEnd());
      } catch (problem) {
        if (!(problem instanceof LineProblem)) throw problem;
        onProblem(problem);
      }
    }
  }

  /** Throws a LineProblem; nothing of the line is counted then. */
  add(text: string): void {
    const line = unsealed(text, sha256);
    if (line === null) {
      throw new LineProblem(`a line is not as a session wrote it: ${text.slice(0, shownMax)}…`);
    }
    if (line.run !== this.#drawing.run) {
      throw new LineProblem(`the line of session ${line.session} is of another run, ${line.run}`);
    }
    if (line.loadgen === "bug/1") {
      throw new SessionBug(line.session, line.message, line.stack);
    }
    if (line.loadgen === "failed/1") {
      throw new LineProblem(
        `session ${line.session} could not connect: ${line.message} (${line.code})`,
      );
    }
    if (this.#seen.has(line.session)) {
      throw new LineProblem(`session ${line.session} has two lines`);
    }
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

  /** Of all sessions together. */
  get slots(): readonly SlotJson[] {
    return this.#slots.toJson();
  }

  /** How many processes drove them. */
  get runners(): number {
    return this.#zerosAtMs.size;
  }

  /** When the measured time began, by the clock of the first runner's machine, in ms since 1970; null: no line says. */
  get zeroAtMs(): number | null {
    const all = [...this.#zerosAtMs.values()];
    return all.length === 0 ? null : Math.min(...all);
  }

  /** From the first runner's start of the measured time to the last one's, by their machines' clocks. */
  get zerosApartMs(): number {
    const all = [...this.#zerosAtMs.values()];
    return all.length === 0 ? 0 : Math.max(...all) - Math.min(...all);
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

  /**
   * As one thread would know it that had all sessions of a runner: in the order in which they were
   * acknowledged. What came first on two runners is judged beyond `clocksApartMs` only.
   */
  lastWrites(clocksApartMs: number): ToldWrites {
    const told = [...this.#writes.values()].map((written) => this.#lastOf(written));
    return mergedLastWrites(told, clocksApartMs);
  }

  #lastOf(written: readonly WrittenKey[]): ToldWrites {
    const last = new LastWrites();
    const acknowledged = ({ ended }: WrittenKey) =>
      ended.acknowledgedMs ?? Number.POSITIVE_INFINITY;
    const inOrder = [...written].sort((one, other) => acknowledged(one) - acknowledged(other));
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
    for (const slot of line.slots) this.#slots.add(slot);
    if (line.fates !== null) this.#fates.push(fateArrays(line.fates));
    const written = this.#writes.get(line.runner) ?? [];
    this.#writes.set(line.runner, written);
    for (const { key, ended } of line.writes) {
      for (const one of ended) {
        const { phase, number, beganUs, acknowledgedUs } = one;
        written.push({
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
    this.connectedMs = Math.max(this.connectedMs, line.connectedUs / 1000);
    this.endedMs = Math.max(this.endedMs, line.endedUs / 1000);
    // Its sessions read it within a moment of one another.
    this.#zerosAtMs.set(line.runner, line.zeroAtMs);
  }

  /** Drawn once more: the same stream gives the same transaction. */
  #valueOf(key: string, { phase, owner, number }: Ended): ReturnType<Write["value"]> {
    const { plan, scenario, world, context } = this.#drawing;
    const stream = transactionStream(plan.seed, phase, owner, number);
    const of = ownerNumber(owner, number, plan.sessions);
    const { writes = [] } = scenario.draw(stream, world, context, of);
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
