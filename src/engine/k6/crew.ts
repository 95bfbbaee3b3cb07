/** Sessions that k6 drives, on this machine: the same scenario, in a process that is not Node's. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Histogram } from "../../metrics/histogram.ts";
import { slotMs } from "../../metrics/slots.ts";
import type { Address } from "../../server/address.ts";
import { ServerError } from "../../server/connection.ts";
import { type KeptFolder, keptFolder } from "../../server/kept-process.ts";
import type { Crew, CrewOptions, CrewReport } from "../crew.ts";
import { connectionCount } from "../connection-count.ts";
import { prepareWorld } from "../pg/preparation.ts";
import type { PartListener, Recording } from "../recording.ts";
import type { ThreadHealth } from "../thread-health.ts";
import { endBackends } from "./abandon.ts";
import type { K6Binary } from "./binary.ts";
import { Conductor } from "./conductor.ts";
import { conninfo } from "./conninfo.ts";
import { scriptFile, writeK6Folder } from "./folder.ts";
import { clockDoubts, K6Gone, SessionFailure } from "./losses.ts";
import { K6Process } from "./process.ts";
import { K6Recording } from "./recording.ts";
import { type Remains, remainsOf, said } from "./remains.ts";
import { environment } from "./setting.ts";
import { cpuUsOf, memoryBytesMaxOf } from "./usage.ts";

/** What there is to run k6 with. */
export interface K6Tools extends K6Binary {
  /** The folder of what was built for it. */
  readonly modules: string;
}

const linesFile = "sessions.ndjson";

/** How long k6 may take to end once its sessions have, each of which writes a line: seconds of it in k6. */
const endingMsMax = 30_000;
const endingMsEachSession = 200;

/** And where they were abandoned: whoever hangs in the driver does not end at all. */
const abandonedMsMax = 10_000;

export interface K6CrewOptions extends CrewOptions {
  /** The run's database, with nothing in front of it. */
  readonly direct: Address;
}

export class K6Crew implements Crew {
  readonly #options: K6CrewOptions;
  readonly #tools: K6Tools;
  readonly #run = randomUUID();
  #world: unknown;
  #folder: KeptFolder | null = null;
  #conductor: Conductor | null = null;
  #process: K6Process | null = null;
  #recording: K6Recording | null = null;
  #isAbandoned = false;
  /** When the measured time began; null: the system does not tell. */
  #cpuUs: number | null = null;
  #memoryBytesMax: number | null = null;
  #measuringMs = 0;

  constructor(options: K6CrewOptions, tools: K6Tools) {
    this.#options = options;
    this.#tools = tools;
  }

  async prepare(): Promise<void> {
    const { plan, scenario, context, direct, dialect } = this.#options;
    this.#world = await prepareWorld(scenario, context, direct);
    this.#folder = await keptFolder("loadgen-k6-");
    await writeK6Folder(this.#folder.path, {
      modules: this.#tools.modules,
      run: this.#run,
      plan,
      scenario,
      context,
      world: this.#world,
      settingsAtStart: dialect.settingsAtStart,
      slotMs: this.#slotMs,
    });
  }

  async open(interrupted: AbortSignal): Promise<void> {
    const { plan, address } = this.#options;
    const conductor = await Conductor.start(plan.sessions);
    this.#conductor = conductor;
    const { password, words } = address.keywords();
    const started = new K6Process({
      path: this.#tools.path,
      folder: opened(this.#folder).path,
      script: scriptFile,
      lines: linesFile,
      env: {
        [environment.server]: conninfo(words),
        [environment.conductor]: conductor.url,
        ...(password === null ? {} : { PGPASSWORD: password }),
      },
      more: [],
    });
    this.#process = started;
    void started.ended.then((how) => conductor.gone(how + said(started)));
    try {
      await readyUnless(interrupted, conductor);
    } catch (failure) {
      if (!(failure instanceof SessionFailure)) throw failure;
      throw new ServerError(
        `could open only ${conductor.readySessions} of ${plan.sessions} connections to ${address.display}: ${failure.message}`,
        failure.code,
      );
    }
  }

  async drive(zeroMs: number, onLost: () => void): Promise<void> {
    const conductor = opened(this.#conductor);
    conductor.begin(zeroMs);
    try {
      await conductor.ended;
    } catch (failure) {
      if (!(failure instanceof K6Gone)) throw failure;
      // What is left of it is found in finish().
      onLost();
    }
  }

  beginMeasuring(): Promise<void> {
    this.#measuringMs = performance.now();
    this.#cpuUs = this.cpuUsBeside();
    return Promise.resolve();
  }

  endMeasuring(): Promise<readonly ThreadHealth[]> {
    const cpuUs = this.cpuUsBeside();
    return Promise.resolve([
      {
        lengthMs: performance.now() - this.#measuringMs,
        cores: availableParallelism(),
        cpuUs: cpuUs === null || this.#cpuUs === null ? null : cpuUs - this.#cpuUs,
        runQueueUs: null,
        loopLag: new Histogram(),
        ownLag: null,
        gcPauses: new Histogram(),
      },
    ]);
  }

  memoryBytes(): number | null {
    // Once it has ended, what it had is what it was last seen with.
    this.#memoryBytesMax = memoryBytesMaxOf(opened(this.#process).pid) ?? this.#memoryBytesMax;
    return this.#memoryBytesMax;
  }

  cpuUsBeside(): number | null {
    return cpuUsOf(opened(this.#process).pid);
  }

  record(listener: PartListener): Recording {
    this.#recording = new K6Recording(opened(this.#conductor), this.#slotMs, listener);
    return this.#recording;
  }

  limit(): never {
    // The way to the server is narrowed instead.
    throw new Error("the sessions of k6 share no gate");
  }

  stop(): void {
    this.#conductor?.stop();
  }

  /** Their backends are ended, which is all that reaches whoever waits for one. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#conductor?.abandon();
    void this.#dropAll();
  }

  async finish(lengthMs: number): Promise<CrewReport> {
    opened(this.#conductor).finish();
    const { lines, missing, doubts } = await this.#remains();
    if (this.#options.plan.rate !== null) {
      lines.addLeftOver(lengthMs, opened(this.#conductor).cuts.length);
    }
    this.#recording?.finished(lines, lengthMs);
    const { digest, transactionsEnded, lostConnections } = lines;
    const { plan } = this.#options;
    return {
      digest,
      inUseMax: connectionCount(plan),
      transactionsEnded,
      lostConnections,
      fates: lines.fates(),
      lastWrites: lines.lastWrites(0),
      stores: [],
      untoldSessions: missing.length,
      doubts: [...doubts, ...clockDoubts(opened(this.#conductor).clockDriftMs)],
    };
  }

  async close(): Promise<void> {
    await this.#conductor?.close();
    await this.#process?.kill();
    await this.#folder?.remove();
  }

  get #slotMs(): number {
    const comes = this.#options.plan.faults.some(({ startMs }) => startMs !== null);
    return comes ? slotMs : 1000;
  }

  #remains(): Promise<Remains> {
    const { plan, scenario, context } = this.#options;
    const writingMs = endingMsMax + endingMsEachSession * plan.sessions;
    return remainsOf(opened(this.#process), {
      path: join(opened(this.#folder).path, linesFile),
      endingMs: this.#isAbandoned ? abandonedMsMax : writingMs,
      drawing: { run: this.#run, plan, scenario, context, world: this.#world },
    });
  }

  async #dropAll(): Promise<void> {
    const { direct, scenario } = this.#options;
    const conductor = opened(this.#conductor);
    const ended = conductor.ended.catch(() => undefined);
    await endBackends({ direct, scenario, ended });
    conductor.giveUp();
  }
}

/** Rejects as `ready` does, or with why the run is interrupted. */
async function readyUnless(interrupted: AbortSignal, conductor: Conductor): Promise<void> {
  interrupted.throwIfAborted();
  const over = new AbortController();
  const interruption = once(interrupted, "abort", { signal: over.signal }).then(
    () => interrupted.throwIfAborted(),
    () => undefined,
  );
  try {
    await Promise.race([conductor.ready, interruption]);
  } finally {
    over.abort();
  }
}

function opened<T>(part: T | null): T {
  if (part === null) throw new Error("not open");
  return part;
}
