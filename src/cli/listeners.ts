/** Who listens to a run: a person at a terminal, a log, or nobody. */
import { liveHeading, liveHeadingOpenLoop, liveLine } from "../report/terminal.ts";
import type { RunListener } from "../run/listener.ts";
import { progressText } from "./load-progress.ts";

export interface Output {
  readonly write: (text: string) => unknown;
  /** True for a terminal, where a line can be written over; Node leaves it out for files and pipes. */
  readonly isTTY?: boolean;
}

/** Colours for people: not in files and pipes, nor where they are not wanted (no-color.org). */
export function hasColours(output: Pick<Output, "isTTY">, env = process.env): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** `quiet`: phases and notes, but no live lines and no progress. */
export function printingListener(output: Output, quiet: boolean): RunListener {
  const screen = new Screen(output);
  let headed = false;
  return {
    phase: (text) => screen.line(`· ${text}`),
    note: (text) => screen.line(`! ${text}`),
    progress(what, done, total) {
      if (!quiet) screen.progress(what, done, total);
    },
    sample(sample) {
      if (quiet) return;
      if (!headed) screen.line(sample.waiting === null ? liveHeading : liveHeadingOpenLoop);
      headed = true;
      screen.line(liveLine(sample));
    },
    // Of its figures a person gets those of the second.
    interval: () => undefined,
  };
}

/** All of them hear, in this order, whatever they listen to. */
export function toAll(listeners: readonly Partial<RunListener>[]): RunListener {
  return {
    phase: (text) => listeners.forEach((one) => one.phase?.(text)),
    progress: (what, done, total) => listeners.forEach((one) => one.progress?.(what, done, total)),
    note: (text) => listeners.forEach((one) => one.note?.(text)),
    sample: (sample) => listeners.forEach((one) => one.sample?.(sample)),
    interval: (interval) => listeners.forEach((one) => one.interval?.(interval)),
  };
}

const barWidth = 24;

/** Oftener nobody can read it, and a terminal far away would slow the loading down. */
const repaintMs = 100;

/** In a log: enough to see that it goes on. */
const logMs = 10_000;

class Screen {
  readonly #output: Output;
  /** What stands in the terminal's last line and will be written over. */
  #transient = false;
  /** What is being loaded. */
  #underWay: {
    readonly what: string;
    readonly doneBefore: number;
    readonly sinceMs: number;
    toldMs: number;
  } | null = null;

  constructor(output: Output) {
    this.#output = output;
  }

  line(text: string): void {
    this.#output.write(`${this.#clear()}${text}\n`);
  }

  /** A bar where lines can be written over; else a line when something begins, and now and then. */
  progress(what: string, done: number, total: number): void {
    const nowMs = performance.now();
    const isNew = this.#underWay?.what !== what;
    if (this.#underWay === null || isNew) {
      this.#underWay = { what, doneBefore: done, sinceMs: nowMs, toldMs: nowMs };
    }
    const underWay = this.#underWay;
    const sinceToldMs = nowMs - underWay.toldMs;
    const text = progressText({ ...underWay, done, total, nowMs });
    if (this.#output.isTTY === true) {
      if (!isNew && done < total && sinceToldMs < repaintMs) return;
      const filled = total > 0 ? Math.round((barWidth * done) / total) : barWidth;
      const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
      const share = total > 0 ? Math.floor((100 * done) / total) : 100;
      const words = text === "" ? what : `${what}: ${text}`;
      this.#output.write(`${this.#clear()}  ${bar} ${String(share).padStart(3)} %  ${words}`);
      this.#transient = true;
    } else if (isNew) {
      this.line(`  ${what}`);
    } else if (text !== "" && sinceToldMs >= logMs) {
      this.line(`  ${what}: ${text}`);
    } else {
      return;
    }
    underWay.toldMs = nowMs;
  }

  #clear(): string {
    const clear = this.#transient ? "\r\u001b[K" : "";
    this.#transient = false;
    return clear;
  }
}
