/** Sessions that k6 drives, on this machine: the same scenario, in a process that is not Node's. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Histogram } from "../../metrics/histogram.ts";
import { slotMs } from "../../metrics/slots.ts";
import type { Segment } from "../../metrics/timeline.ts";
import { Connection, ServerError } from "../../server/connection.ts";
import type { Crew, CrewOptions, CrewReport } from "../crew.ts";
import { connectionCount, prepareWorld } from "../pg/preparation.ts";
import type { Recording } from "../recording.ts";
import { sessionPrefix } from "../session-name.ts";
import type { ThreadHealth } from "../thread-health.ts";
import { Conductor, SessionFailure } from "./conductor.ts";
import { conninfo } from "./conninfo.ts";
import { scriptFile, writeK6Folder } from "./folder.ts";
import { K6Process } from "./process.ts";
import { K6Recording } from "./recording.ts";
import { environment } from "./setting.ts";
import { missingDoubts, SessionLines } from "./session-lines.ts";
import { cpuUsOf } from "./usage.ts";

/** What there is to run k6 with. */
export interface K6Tools {
  /** Of the binary. */
  readonly path: string;
  /** Of k6 and its extension, as one text. */
  readonly version: string;
  /** The folder of what was built for it. */
  readonly modules: string;
}

const linesFile = "sessions.ndjson";

/** How long k6 may take to end once its sessions have. */
const endingMsMax = 30_000;

/** Of a server that is gone, or a network that swallows: sessions then hang in the driver. */
const abandonedMsMax = 10_000;

export class K6Crew implements Crew {
  readonly #options: CrewOptions;
  readonly #tools: K6Tools;
  readonly #run = randomUUID();
  #world: unknown;
  #folder: string | null = null;
  #conductor: Conductor | null = null;
  #process: K6Process | null = null;
  #recording: K6Recording | null = null;
  #isAbandoned = false;
  #cpuUs = 0;
  #measuringMs = 0;

  constructor(options: CrewOptions, tools: K6Tools) {
    this.#options = options;
    this.#tools = tools;
  }

  async prepare(): Promise<void> {
    const { plan, scenario, context, address, dialect } = this.#options;
    this.#world = await prepareWorld(scenario, context, address);
    this.#folder = await mkdtemp(join(tmpdir(), "loadgen-k6-"));
    await writeK6Folder(this.#folder, {
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

  async open(): Promise<void> {
    const { plan, address } = this.#options;
    const conductor = await Conductor.start(plan.sessions);
    this.#conductor = conductor;
    const { password, words } = address.keywords();
    const started = new K6Process({
      path: this.#tools.path,
      folder: this.#folder as string,
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
    void started.ended.then((how) =>
      conductor.lost(new Error(`k6 ${how}${started.log === "" ? "" : `: ${started.log}`}`)),
    );
    try {
      await conductor.ready;
    } catch (failure) {
      if (!(failure instanceof SessionFailure)) throw failure;
      throw new ServerError(
        `could open only ${conductor.readySessions} of ${plan.sessions} connections to ${address.display}: ${failure.message}`,
        failure.code,
      );
    }
  }

  async drive(zeroMs: number): Promise<void> {
    const conductor = opened(this.#conductor);
    conductor.begin(zeroMs);
    try {
      await conductor.ended;
    } catch (lost) {
      // Who ended by a bug says so in its line, which tells more than that k6 is gone.
      await this.#read();
      throw lost;
    }
  }

  beginMeasuring(): Promise<void> {
    this.#measuringMs = performance.now();
    this.#cpuUs = cpuUsOf(opened(this.#process).pid) ?? 0;
    return Promise.resolve();
  }

  endMeasuring(): Promise<readonly ThreadHealth[]> {
    const cpuUs = cpuUsOf(opened(this.#process).pid);
    return Promise.resolve([
      {
        lengthMs: performance.now() - this.#measuringMs,
        cores: availableParallelism(),
        cpuUs: cpuUs === null ? 0 : cpuUs - this.#cpuUs,
        runQueueUs: null,
        loopLag: new Histogram(),
        ownLag: null,
        gcPauses: new Histogram(),
      },
    ]);
  }

  record(onInterval: (interval: Segment) => void): Recording {
    this.#recording = new K6Recording(opened(this.#conductor), this.#slotMs, onInterval);
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

  async finish(): Promise<CrewReport> {
    opened(this.#conductor).finish();
    const lines = await this.#read();
    this.#recording?.finished(lines);
    const { digest, transactionsEnded, lostConnections } = lines;
    return {
      digest,
      inUseMax: connectionCount(this.#options.plan),
      transactionsEnded,
      lostConnections,
      fates: lines.fates(),
      lastWrites: lines.lastWrites(0),
      doubts: doubtsOf(lines, this.#options.plan.sessions, opened(this.#process).log),
    };
  }

  async close(): Promise<void> {
    await this.#conductor?.close();
    await this.#process?.kill();
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  get #slotMs(): number {
    const comes = this.#options.plan.faults.some(({ startMs }) => startMs !== null);
    return comes ? slotMs : 1000;
  }

  /** Once k6 has ended, or has not in time: then what its sessions have not told is missing. */
  async #read(): Promise<SessionLines> {
    const started = opened(this.#process);
    const patience = new AbortController();
    const late = wait(endingMsMax, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([started.ended, late]);
    patience.abort();
    await started.kill();
    const { plan, scenario, context } = this.#options;
    const lines = new SessionLines({
      run: this.#run,
      plan,
      scenario,
      context,
      world: this.#world,
    });
    await lines.readFile(join(this.#folder as string, linesFile), (problem) => {
      throw problem;
    });
    return lines;
  }

  async #dropAll(): Promise<void> {
    const { address, scenario } = this.#options;
    try {
      await Connection.use(address, "loadgen/abandon", (connection) =>
        connection.query(
          `select pg_terminate_backend(pid)
          from pg_catalog.pg_stat_activity
          where datname = current_database() and starts_with(application_name, $1)`,
          [sessionPrefix(scenario)],
        ),
      );
    } catch (error) {
      // A server that cannot be asked: what hangs there ends with k6.
      if (!(error instanceof ServerError)) throw error;
    }
    await Promise.race([this.#conductor?.ended.catch(() => undefined), wait(abandonedMsMax)]);
    this.#conductor?.giveUp();
  }
}

function doubtsOf(lines: SessionLines, sessions: number, log: string): readonly string[] {
  const said = log === "" ? "" : `; k6 said: ${log}`;
  return missingDoubts(lines.missing(), sessions).map((doubt) => doubt + said);
}

function opened<T>(part: T | null): T {
  if (part === null) throw new Error("not open");
  return part;
}
