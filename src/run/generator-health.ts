/** What the generator itself used and suffered: a busy generator measures itself, not the server. */
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface GeneratorHealth {
  readonly cpuUsPerTransaction: number | null;
  /** Of one core: user and system time of the whole process. */
  readonly cpuShare: number;
  readonly eventLoopDelayUs: { readonly p99: number; readonly max: number };
  readonly rssBytesMax: number;
  /** Too busy for its figures to be the server's. */
  readonly saturated: boolean;
}

/** Above this share of its one core the event loop queues, and latencies are the generator's own. */
const cpuShareMax = 0.8;

/** A process that has just started compiles what it runs: shorter than this, its share says nothing. */
const judgedMsMin = 1000;

const resolutionMs = 10;

export interface HealthMonitor {
  /** Forgets what was before: the measured time begins. */
  readonly reset: () => void;
  /** Once a second: memory is sampled. */
  readonly sample: () => void;
  readonly stop: (transactions: number) => GeneratorHealth;
}

export function monitorGenerator(): HealthMonitor {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let cpu = process.cpuUsage();
  let startMs = performance.now();
  let rssBytesMax = process.memoryUsage.rss();
  const sample = () => {
    rssBytesMax = Math.max(rssBytesMax, process.memoryUsage.rss());
  };
  // The monitor's own timer is due every `resolutionMs`; only what is above that is delay.
  const delayUs = (ns: number) => Math.max(0, Math.round(ns / 1000 - resolutionMs * 1000));
  return {
    reset() {
      delay.reset();
      cpu = process.cpuUsage();
      startMs = performance.now();
    },
    sample,
    stop(transactions) {
      sample();
      delay.disable();
      const { user, system } = process.cpuUsage(cpu);
      const cpuUs = user + system;
      const lengthMs = performance.now() - startMs;
      const cpuShare = cpuUs / (lengthMs * 1000);
      return {
        cpuUsPerTransaction: transactions === 0 ? null : Math.round(cpuUs / transactions),
        cpuShare: Math.round(cpuShare * 1000) / 1000,
        eventLoopDelayUs: { p99: delayUs(delay.percentile(99)), max: delayUs(delay.max) },
        rssBytesMax,
        saturated: lengthMs >= judgedMsMin && cpuShare > cpuShareMax,
      };
    },
  };
}
