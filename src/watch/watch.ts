/**
 * Watches a load that somebody else drives: the observers alone, for a while, and then what they saw
 * and what it means. Nothing is changed on the server.
 */
import { History } from "../observe/history.ts";
import { readHost } from "../observe/host.ts";
import { Link } from "../observe/link.ts";
import { type Observer, startObserver, tablesIntervalMsMax } from "../observe/observer.ts";
import type { Address } from "../server/address.ts";
import { ServerError } from "../server/connection.ts";
import { until } from "../run/until.ts";
import { type ConnectedName, connectedNames } from "./connected.ts";
import { ratesIn, type Reading, readCounts } from "./reading.ts";
import { type WatchResult, watchResult } from "./result.ts";

export interface WatchRequest {
  /** The server's own, not a pooler's, and the database of the load. */
  readonly address: Address;
  /** The server may run on this machine: then it is looked for here. */
  readonly mayBeLocal: boolean;
  /** What the application_name of the load's connections begins with. */
  readonly applicationName: string;
  readonly durationMs: number;
  /** How many clients the load's driver says that it drives; null: it says nothing. */
  readonly clients: number | null;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason; what was seen by then counts. */
  readonly interrupted: AbortSignal;
  readonly listener: WatchListener;
}

export interface WatchListener {
  readonly sample: (sample: WatchSample) => void;
  readonly note: (text: string) => void;
}

/** A second; null is what was not seen of it. */
export interface WatchSample {
  readonly atMs: number;
  readonly backends: number | null;
  readonly busy: number | null;
  readonly active: number | null;
  readonly idleInTransaction: number | null;
  readonly waitingForLock: number | null;
  /** What most of the busy ones wait for. */
  readonly topWait: string | null;
  /** Of the whole database, as the server has counted them so far. */
  readonly committedPerSecond: number | null;
}

/** Rejects with a ServerError if the server cannot be watched. */
export async function watch(request: WatchRequest): Promise<WatchResult> {
  const link = new Link(request.address);
  try {
    // The first question may end it all; later ones only where the answer would be wrong.
    await readCounts(link, request.applicationName);
    const backend = request.mayBeLocal ? await link.backendPid() : null;
    const observer = await startObserver({
      address: request.address,
      filter: request.applicationName,
      clock: () => performance.now(),
      local: backend !== null && readHost(backend) !== null,
      tablesIntervalMs: tablesIntervalMsMax,
    });
    return await new Watching(request, link, observer).result();
  } finally {
    await link.close();
  }
}

/** An hour's worth at full density, as the observer keeps it. */
const readingsMax = 3_600;

const secondMs = 1_000;

class Watching {
  readonly #request: WatchRequest;
  readonly #link: Link;
  readonly #observer: Observer;
  readonly #readings = new History<Reading>(readingsMax);
  readonly #notes: string[] = [];
  #latest: Reading | null = null;
  /** The failure of the last question, which was told; null: it was answered. */
  #failure: ServerError | null = null;

  constructor(request: WatchRequest, link: Link, observer: Observer) {
    this.#request = request;
    this.#link = link;
    this.#observer = observer;
  }

  async result(): Promise<WatchResult> {
    const { address, applicationName, clients, interrupted } = this.#request;
    const startMs = performance.now();
    let stopped = false;
    try {
      await this.#look(startMs);
      const endMs = startMs + this.#request.durationMs;
      await this.#everySecond(startMs, endMs);
      const watched = { startMs, endMs: performance.now() };
      const samples = this.#observer.samplesBetween(startMs, watched.endMs);
      const isSeen = samples.some(({ connections }) => connections > 0);
      const connected = isSeen ? [] : await this.#connected();
      stopped = true;
      return watchResult({
        server: address.display,
        database: address.database,
        applicationName,
        clients,
        watched,
        observer: this.#observer,
        readingsBetween: (fromMs, toMs) => this.#readings.between(fromMs, toMs),
        connected,
        cost: await this.#observer.stop(),
        signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
        notes: this.#notes,
      });
    } finally {
      if (!stopped) await this.#observer.stop();
    }
  }

  /** Up to the end, at which it is looked once more, however it comes. */
  async #everySecond(startMs: number, endMs: number): Promise<void> {
    const { interrupted } = this.#request;
    for (let atMs = startMs; atMs < endMs;) {
      atMs = Math.min(atMs + secondMs, endMs);
      await until(atMs, interrupted);
      if (interrupted.aborted) {
        await this.#read();
        return;
      }
      await this.#look(startMs);
    }
  }

  /** A line of what is going on, but for the beginning, when nothing was seen yet. */
  async #look(startMs: number): Promise<void> {
    const before = this.#latest;
    const now = await this.#read();
    const atMs = performance.now();
    const rates = before === null || now === null ? null : ratesIn([before, now]);
    const sample = this.#observer.latest;
    // An older one is no news: the server did not answer since.
    const seen = sample !== null && sample.answeredMs > atMs - secondMs ? sample : null;
    if (atMs - startMs < secondMs) return;
    const top = seen?.waits[0];
    this.#request.listener.sample({
      atMs: atMs - startMs,
      backends: seen?.connections ?? null,
      busy: seen?.busy ?? null,
      active: seen?.active ?? null,
      idleInTransaction: seen?.idleInTransaction ?? null,
      waitingForLock: seen?.waitingForLock ?? null,
      topWait: top === undefined ? null : waitName(top),
      committedPerSecond: rates?.committedPerSecond ?? null,
    });
  }

  /** Null where the server does not answer: that is told once, and it is asked again. */
  async #read(): Promise<Reading | null> {
    const sentMs = performance.now();
    try {
      const counts = await readCounts(this.#link, this.#request.applicationName);
      const ownTransactions = this.#observer.transactions + this.#link.transactions;
      const host = await this.#observer.hostNow();
      const reading = { ...counts, ownTransactions, host, sentMs, answeredMs: performance.now() };
      this.#readings.add(reading);
      this.#latest = reading;
      if (this.#failure !== null) this.#note("the server answers again");
      this.#failure = null;
      return reading;
    } catch (error) {
      if (!(error instanceof ServerError) || isRefusal(error)) throw error;
      if (this.#failure === null) this.#note(`the server does not answer: ${error.message}`);
      this.#failure = error;
      return null;
    }
  }

  /** Null where the server does not say. */
  async #connected(): Promise<readonly ConnectedName[] | null> {
    try {
      return await connectedNames(this.#link);
    } catch (error) {
      // That it does not answer was told already, or will be by the lack of names.
      if (error instanceof ServerError) return null;
      throw error;
    }
  }

  #note(text: string): void {
    this.#notes.push(text);
    this.#request.listener.note(text);
  }
}

/** 42501, insufficient_privilege: what the load does is hidden, and no figure of it would be right. */
function isRefusal({ code }: ServerError): boolean {
  return code === "42501";
}

/** `Lock:transactionid`, or `running` where the server knows of no wait. */
export function waitName({ type, event }: { type: string | null; event: string }): string {
  return type === null ? event : `${type}:${event}`;
}
