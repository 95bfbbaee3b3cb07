/**
 * What k6 runs: sessions, each in a virtual user of its own, from its first connection to its line.
 * The number of the iteration in which it begins is the session's. In a closed loop that is its only
 * one; in an open loop it goes on in others, for each arrival in one (see arrivals.ts).
 */
import { sleep } from "k6";
import { sha256 } from "k6/crypto";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import sql from "k6/x/sql";
import driver from "k6/x/sql/driver/postgres";
import { decisionText, Digest } from "../../../core/digest.ts";
import { Failure } from "../../../core/failure.ts";
import { Fates } from "../../../core/fates.ts";
import { LastWrites } from "../../../core/last-writes.ts";
import type { Phase } from "../../../core/random.ts";
import type { Scenario } from "../../../core/scenario.ts";
import { type BugLine, type Line, sealed } from "../lines.ts";
import {
  arrivalsFile,
  type DueTimes,
  environment,
  type K6Setting,
  settingFile,
  worldFile,
} from "../setting.ts";
import { revivedWorld } from "../shared-world.ts";
import { Arrivals, type InIterations } from "./arrivals.ts";
import { testMs } from "./clock.ts";
import { type Conductor, HttpConductor, PlannedConductor } from "./conductor.ts";
import { SessionDatabase } from "./database.ts";
import { newsFrom } from "./news.ts";
import { Notes } from "./notes.ts";
import { optionsOf } from "./options.ts";
import { runSession } from "./session.ts";
import { sessionLine } from "./session-line.ts";

// What k6 gives the script beside its modules.
declare const __ENV: Readonly<Record<string, string | undefined>>;
declare function open(path: string): string;
declare const console: { log(text: string): void };

export interface K6Script {
  readonly options: unknown;
  /** One iteration of this virtual user's session. */
  readonly session: () => void;
}

/** Only in the init context: afterwards k6 opens no files. */
export function scriptOf(scenario: Scenario): K6Script {
  const setting = JSON.parse(open(`./${settingFile}`)) as K6Setting;
  const { plan, world } = setting;
  const worldOf = () => revivedWorld(world.outline, (index) => arrays[index] as unknown[]);
  const read = onceRead(worldFile) as () => readonly unknown[][];
  const arrays = Array.from(
    { length: world.arrays },
    (_, index) => new SharedArray(`world ${index}`, () => read()[index] as unknown[]),
  );
  const dueTimes = plan.rate === null ? null : sharedDueTimes();
  const shared = { setting, scenario, world: worldOf(), dueTimes };
  return { options: optionsOf(plan, dueTimes), session: inIterations(shared) };
}

/** Of all virtual users only the first is asked for what arrays share, and for all of them. */
function onceRead(file: string): () => unknown {
  let read: unknown = null;
  return (): unknown => (read ??= JSON.parse(open(`./${file}`)) as unknown);
}

function sharedDueTimes(): DueTimes {
  const read = onceRead(arrivalsFile) as () => DueTimes;
  const told = (phase: Phase) =>
    new SharedArray(`arrivals ${phase}`, () => read()[phase]) as readonly number[];
  return { warmup: told("warmup"), measured: told("measured") };
}

interface Shared {
  readonly setting: K6Setting;
  readonly scenario: Scenario;
  readonly world: unknown;
  /** Null: a closed loop. */
  readonly dueTimes: DueTimes | null;
}

/** Iterations that come after the session's last one do nothing. */
function inIterations(shared: Shared): () => void {
  // Of this virtual user, whose memory lasts from iteration to iteration.
  let running: { readonly session: InIterations<void>; readonly k6: typeof exec.scenario } | null =
    null;
  return () => {
    running ??= { session: session(shared, exec.scenario.iterationInTest), k6: exec.scenario };
    running.session.next(running.k6.iterationInTest);
  };
}

function* session(shared: Shared, number: number): InIterations<void> {
  const conductor = conductorOf(shared.setting);
  try {
    yield* perform(shared, number, conductor);
  } catch (bug) {
    const { message, stack } = bug as { readonly message?: string; readonly stack?: string };
    const line: BugLine = {
      loadgen: "bug/1",
      run: shared.setting.run,
      session: number,
      message: message ?? String(bug),
      stack: stack ?? "",
    };
    tell(line);
    conductor.bug(number, line.message, line.stack);
    // k6 itself would go on as if nothing were.
    exec.test.abort(`session ${number} ended by a bug: ${line.message}`);
  }
}

function tell(line: Line): void {
  console.log(sealed(line, hash));
}

function* perform(
  { setting, scenario, world, dueTimes }: Shared,
  number: number,
  conductor: Conductor,
): InIterations<void> {
  const { plan, context } = setting;
  pause(staggerMs(number));
  const databases = databasesOf(setting, number);
  try {
    databases.reconnect();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    conductor.failed(number, failure.code, failure.message);
    return;
  }
  const connectedAtMs = testMs();
  const zeroMs = conductor.ready(number);
  if (zeroMs === null) return databases.close();
  const clockMs = () => testMs() - zeroMs;
  const notes = new Notes(clockMs, setting.slotMs);
  const digest = new Digest();
  const fates = plan.ledger ? new Fates() : null;
  const lastWrites = plan.system === null ? null : new LastWrites();
  const arrivals = dueTimes && new Arrivals(plan.sessions, dueTimes);
  yield* runSession({
    plan,
    scenario,
    world,
    context,
    session: number,
    recorders: { warmup: notes.recorder("warmup"), measured: notes.recorder("measured") },
    decisions: {
      add: (owner, at, planned) => digest.add(bytesOf(hash(decisionText(owner, at, planned)))),
    },
    hash,
    fates,
    lastWrites,
    clockMs,
    connections: databases,
    // Only a pooler's connections come with their settings.
    isPooled: !setting.settingsAtStart,
    pause,
    news: newsFrom(conductor, { number, sessions: plan.sessions, notes, clockMs }),
    arrivals,
  });
  const endedUs = Math.round(clockMs() * 1000);
  // The connection stays until then: how many there are is held against how many work.
  notes.enter(conductor.end(number, "measured", notes.progress.measured).cuts);
  databases.close();
  const zeroAtMs = Math.round(Date.now() - clockMs());
  const { run } = setting;
  const runner = exec.test.options.executionSegment ?? "";
  const connectedUs = Math.round((connectedAtMs - zeroMs) * 1000);
  const told = { run, number, runner, zeroAtMs, connectedUs, endedUs };
  tell(sessionLine({ ...told, digest, notes, fates, lastWrites, databases, arrivals }));
}

/** So many sessions connect at once: each is a fork and an authentication at the server. */
const connectingAtOnce = 10;
const connectingMs = 20;

function staggerMs(session: number): number {
  return Math.floor(session / connectingAtOnce) * connectingMs;
}

function databasesOf({ plan, sessionPrefix, settingsAtStart }: K6Setting, session: number) {
  const server = __ENV[environment.server];
  if (server === undefined) throw new Error(`${environment.server} is not set`);
  return new SessionDatabase({
    open: (source) =>
      sql.open(driver, source, {
        max_open_conns: 1,
        max_idle_conns: 1,
        conn_max_lifetime: "0s",
        conn_max_idle_time: "0s",
      }),
    server,
    applicationName: `${sessionPrefix}${session}`,
    plan,
    settingsAtStart,
    nowMs: testMs,
    pause,
  });
}

function conductorOf({ plan, run }: K6Setting): Conductor {
  const url = __ENV[environment.conductor];
  if (url !== undefined) return new HttpConductor(url);
  // A session that ended before the others would use up the iterations that are theirs.
  if (plan.rate !== null) throw new Error("an open loop needs a conductor");
  const { sessions, warmupMs, durationMs } = plan;
  const loadMs = staggerMs(sessions) + connectedMs;
  return new PlannedConductor({
    loadMs,
    zeroMs: loadMs + warmupMs,
    durationMs,
    pause,
    tellFailed: (number, code, message) =>
      tell({ loadgen: "failed/1", run, session: number, code, message }),
  });
}

/** Without a conductor: by then all sessions are to be connected. */
const connectedMs = 5_000;

function pause(ms: number): void {
  if (ms > 0) sleep(ms / 1000);
}

function hash(text: string): string {
  return sha256(text, "hex");
}

/** Hexadecimal digits as one character a byte, as a digest takes them. */
function bytesOf(digits: string): string {
  let bytes = "";
  for (let at = 0; at < digits.length; at += 2) {
    bytes += String.fromCharCode(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return bytes;
}
