/** Who listens to a run: a person at a terminal, a log, or nobody. */
import { liveHeading, liveHeadingOpenLoop, liveLine } from "../report/terminal.ts";
import type { RunListener } from "../run/listener.ts";

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

class Screen {
  readonly #output: Output;
  /** What stands in the terminal's last line and will be written over. */
  #transient = false;
  #announced: string | null = null;

  constructor(output: Output) {
    this.#output = output;
  }

  line(text: string): void {
    this.#output.write(`${this.#clear()}${text}\n`);
  }

  /** A bar where lines can be written over; else a line when something begins. */
  progress(what: string, done: number, total: number): void {
    if (this.#output.isTTY === true) {
      const filled = total > 0 ? Math.round((barWidth * done) / total) : barWidth;
      const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
      const share = total > 0 ? Math.floor((100 * done) / total) : 100;
      this.#output.write(`${this.#clear()}  ${bar} ${String(share).padStart(3)} %  ${what}`);
      this.#transient = true;
    } else if (this.#announced !== what) {
      this.line(`  ${what}`);
    }
    this.#announced = what;
  }

  #clear(): string {
    const clear = this.#transient ? "\r\u001b[K" : "";
    this.#transient = false;
    return clear;
  }
}
