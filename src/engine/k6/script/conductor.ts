/** How a session hears from its conductor; see conducting.ts. */
import http from "k6/http";
import type { Phase } from "../../../core/random.ts";
import { type Beginning, type News, ways } from "../conducting.ts";
import type { Progress } from "../progress.ts";
import { testMs } from "./clock.ts";

/** Longer than any run: whoever waits so long waits for a conductor that is gone, which shows at once. */
const patience = "48h";

/** One of them is on its way for so short a time that it does not matter. */
const clockReadings = 5;

export interface Conductor {
  /** Returns when the measured time begins; null: the run does not begin. */
  ready(session: number): number | null;
  /** That the session cannot begin. */
  failed(session: number, code: string, message: string): void;
  /** That the session ended by a bug. */
  bug(session: number, message: string, stack: string): void;
  news(session: number, phase: Phase, progress: Progress): News;
  /** The session has finished; waits until the run has. */
  end(session: number, phase: Phase, progress: Progress): News;
}

/** It stands in a URL, with up to three characters for one; the whole of it is in the session's line. */
const bugLengthMax = 2_000;

/** What is heard once nobody answers: a conductor that died does not leave its sessions behind. */
const silence: News = Object.freeze({ cuts: [], stop: true, abandoned: true });

export class HttpConductor implements Conductor {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  ready(session: number): number | null {
    for (let count = 0; count < clockReadings; count++) {
      this.#ask(ways.clock, { atUs: Math.round(testMs() * 1000) });
    }
    const beginning = this.#ask(ways.ready, { session }) as Beginning | null;
    return beginning?.zeroMs ?? null;
  }

  failed(session: number, code: string, message: string): void {
    this.#ask(ways.failed, { session, code, message });
  }

  bug(session: number, message: string, stack: string): void {
    this.#ask(ways.bug, {
      session,
      message: message.slice(0, bugLengthMax),
      stack: stack.slice(0, bugLengthMax),
    });
  }

  news(session: number, phase: Phase, progress: Progress): News {
    return (this.#ask(ways.news, { session, phase, ...progress }) as News | null) ?? silence;
  }

  end(session: number, phase: Phase, progress: Progress): News {
    const atUs = Math.round(testMs() * 1000);
    return (this.#ask(ways.end, { session, phase, atUs, ...progress }) as News | null) ?? silence;
  }

  /** Null: nobody answers. */
  #ask(way: string, query: Readonly<Record<string, string | number>>): unknown {
    const words = Object.entries(query).map(
      ([name, value]) => `${name}=${encodeURIComponent(value)}`,
    );
    const url = `${this.#url}/${way}?${words.join("&")}`;
    const { status, body } = http.get(url, { timeout: patience });
    return status === 200 && body !== null ? JSON.parse(body) : null;
  }
}

export interface PlannedTimes {
  /** When the load begins, and when the measured time does, of the test's clock. */
  readonly loadMs: number;
  readonly zeroMs: number;
  /** Of the measured time; null: nobody knows. */
  readonly durationMs: number | null;
  readonly pause: (ms: number) => void;
  /** Writes down that a session cannot begin. */
  readonly tellFailed: Conductor["failed"];
}

/** Nobody conducts: all begin when the plan has it, nothing stops them, and the one edge is its end. */
export class PlannedConductor implements Conductor {
  readonly #times: PlannedTimes;
  readonly #news: News;

  constructor(times: PlannedTimes) {
    const { durationMs } = times;
    this.#times = times;
    this.#news = { cuts: durationMs === null ? [] : [durationMs], stop: false, abandoned: false };
  }

  /** Waits for the others, as all of them are to have connected by then. */
  ready(): number {
    const { loadMs, zeroMs, pause } = this.#times;
    pause(loadMs - testMs());
    return zeroMs;
  }

  /** The session's line will be missing, which makes the run invalid; the others go on. */
  failed(session: number, code: string, message: string): void {
    this.#times.tellFailed(session, code, message);
  }

  /** Its line says it. */
  bug(): void {
    // Nobody hears it sooner.
  }

  news(): News {
    return this.#news;
  }

  end(): News {
    return this.#news;
  }
}
