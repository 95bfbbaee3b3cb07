/**
 * Sessions that are driven by several threads, each with a share of them and an event loop of its
 * own. This thread only tells them what to do and puts together what they measured.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Digest } from "../../core/digest.ts";
import { Fates } from "../../core/fates.ts";
import { mergedLastWrites, threadClocksApartMs } from "../../core/last-writes.ts";
import type { Phase } from "../../core/random.ts";
import { tallyFromMessage } from "../../metrics/tally-parts.ts";
import { packageRoot } from "../../server/package-root.ts";
import { storeSums } from "../stores.ts";
import type { Crew, CrewOptions, CrewReport } from "../crew.ts";
import {
  type AnswerMessage,
  type CallMessage,
  type CallName,
  type Calls,
  errorFrom,
  healthFrom,
  type ThreadSetting,
} from "./crew-messages.ts";
import { sharedOffsetMs } from "./shared-clock.ts";
import { type PartListener, type Recording, TakenRecording } from "../recording.ts";
import type { ThreadHealth } from "../thread-health.ts";

export class ThreadCrew implements Crew {
  readonly #threads: readonly CrewThread[];
  readonly #keepsLedger: boolean;

  constructor({ plan, context, address, dialect }: CrewOptions) {
    this.#keepsLedger = plan.ledger;
    const nextNumbers = { warmup: sharedCounter(), measured: sharedCounter() };
    this.#threads = Array.from(
      { length: plan.workers },
      (_, thread) =>
        new CrewThread({
          plan,
          context,
          address: address.toParts(),
          dialect,
          sessions: sessionsOf(thread, plan),
          nextNumbers,
          accountsForLeftOver: thread === 0,
        }),
    );
  }

  async prepare(): Promise<void> {
    await this.#all("prepare", null);
  }

  async open(): Promise<void> {
    await this.#all("open", null);
  }

  async drive(zeroMs: number): Promise<void> {
    const zeroSharedMs = zeroMs + sharedOffsetMs();
    // A bug in one of them stops them all.
    await Promise.all(
      this.#threads.map((thread) =>
        thread.call("drive", zeroSharedMs).catch((bug: unknown) => {
          this.stop();
          throw bug;
        }),
      ),
    );
  }

  async beginMeasuring(): Promise<void> {
    await this.#all("beginMeasuring", null);
  }

  async endMeasuring(): Promise<readonly ThreadHealth[]> {
    return (await this.#all("endMeasuring", null)).flat().map(healthFrom);
  }

  record(listener: PartListener): Recording {
    const take = async (phase: Phase) =>
      (await this.#all("take", phase)).flat().map(tallyFromMessage);
    return new TakenRecording(take, listener);
  }

  limit(): never {
    // The command line refuses what needs this.
    throw new Error("several threads share no gate");
  }

  memoryBytes(): number {
    return process.memoryUsage.rss();
  }

  cpuUsBeside(): number {
    return 0;
  }

  stop(): void {
    this.#tell("stop");
  }

  abandon(): void {
    this.#tell("abandon");
  }

  async finish(lengthMs: number): Promise<CrewReport> {
    const reports = await this.#all("finish", lengthMs);
    const digest = new Digest();
    for (const report of reports) digest.merge(Digest.from(report.digest));
    return {
      digest: digest.toString(),
      inUseMax: reports.reduce((sum, report) => sum + report.inUseMax, 0),
      lostConnections: reports.reduce((sum, report) => sum + report.lostConnections, 0),
      transactionsEnded: reports.reduce((sum, report) => sum + report.transactionsEnded, 0),
      fates: this.#keepsLedger
        ? Fates.from(reports.flatMap(({ fates }) => fates ?? [])).toArrays()
        : null,
      lastWrites: mergedLastWrites(
        reports.map(({ lastWrites }) => lastWrites),
        threadClocksApartMs,
      ),
      stores: storeSums(reports.map(({ stores }) => stores)),
      untoldSessions: 0,
      doubts: [],
    };
  }

  /** Ends every thread, whatever became of the others; of what failed, the first is told. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#threads.map((thread) => thread.close()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  #all<Name extends CallName>(
    name: Name,
    argument: Calls[Name]["takes"],
  ): Promise<readonly Calls[Name]["gives"][]> {
    return Promise.all(this.#threads.map((thread) => thread.call(name, argument)));
  }

  /** Nothing waits for the answer; a thread that died says so to whoever does. */
  #tell(name: "stop" | "abandon"): void {
    for (const thread of this.#threads) thread.call(name, null).catch(() => undefined);
  }
}

function sharedCounter(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

function sessionsOf(
  thread: number,
  { sessions, workers }: { readonly sessions: number; readonly workers: number },
): readonly number[] {
  const all = Array.from({ length: sessions }, (_, session) => session);
  return all.filter((session) => session % workers === thread);
}

/** Longer than a server takes to say goodbye to hundreds of connections. */
const closingMsMax = 10_000;

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** One of the threads: calls go there, answers come back. */
class CrewThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #failure: Error | null = null;

  constructor(setting: ThreadSetting) {
    this.#worker = new Worker(join(packageRoot(), "dist", "session-thread.js"), {
      workerData: setting,
    });
    this.#worker.on("message", (answer: AnswerMessage) => this.#answered(answer));
    this.#worker.once("error", (cause) => this.#fail(cause));
    this.#worker.once("exit", (code) => this.#fail(new Error(`it ended with code ${code}`)));
  }

  call<Name extends CallName>(
    name: Name,
    argument: Calls[Name]["takes"],
  ): Promise<Calls[Name]["gives"]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = this.#calls++;
    const message: CallMessage = { id, name, argument };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  /** A thread that does not answer any more is ended all the same; the server notices by itself. */
  async close(): Promise<void> {
    const patience = new AbortController();
    const late = wait(closingMsMax, undefined, { signal: patience.signal }).catch(() => undefined);
    try {
      await Promise.race([this.call("close", null), late]);
    } finally {
      patience.abort();
      await this.#worker.terminate();
    }
  }

  #answered(answer: AnswerMessage): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("failure" in answer) pending?.reject(errorFrom(answer.failure));
    else pending?.resolve(answer.value as never);
  }

  #fail(cause: Error): void {
    this.#failure ??= new Error(`a thread that drives sessions failed: ${cause.message}`, {
      cause,
    });
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
