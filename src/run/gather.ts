/**
 * What other machines did, from the lines that their sessions left: put together, audited and judged
 * as a run is. What nobody has seen is not made up.
 */
import { k6Facts } from "../engine/facts.ts";
import { type PutTogether, putTogether } from "../engine/k6/recording.ts";
import { readSetting } from "../engine/k6/folder.ts";
import { untoldDoubts } from "../engine/k6/losses.ts";
import { SessionLines } from "../engine/k6/session-lines.ts";
import { counted } from "../core/counted.ts";
import type { Plan } from "../core/plan.ts";
import type { Address } from "../server/address.ts";
import { dropDatabase } from "../server/databases.ts";
import { Spans } from "../metrics/thresholds/spans.ts";
import type { Snapshot } from "../observe/snapshots/snapshot.ts";
import { wakingDoubts } from "./lateness.ts";
import { intervalLog } from "./interval-log.ts";
import type { Prepared } from "./prepare-apart.ts";
import { gatheredResult, type GatheredResult } from "./run-result.ts";
import { type Asked, weigh, type Weighable } from "./weigh.ts";

export interface GatherRequest extends Asked {
  /** What was exported and prepared. */
  readonly exported: string;
  readonly prepared: Prepared;
  readonly before: Snapshot;
  /** Files with the sessions' lines, and whatever else stands in them. */
  readonly lines: readonly string[];
  /** The maintenance database of the server; with `existing` the database that was used. */
  readonly server: Address;
  /** `loadgen watch`, or somebody else, worked in the database meanwhile. */
  readonly isShared: boolean;
}

/** Rejects with a ServerError if the server cannot be reached at all. */
export async function gather(request: GatherRequest): Promise<GatheredResult> {
  const { plan, scenario, folder, prepared, server } = request;
  const address = plan.existing ? server : server.withDatabase(prepared.database);
  const { setting, world } = await readSetting(request.exported);
  const { run } = prepared;
  const lines = new SessionLines({ run, plan, scenario, context: setting.context, world });
  const problems: string[] = [];
  for (const path of request.lines) {
    await lines.readFile(path, (problem) => problems.push(problem.message));
  }
  const gaps = [...shortened(problems), ...untoldDoubts(lines.missing(), plan.sessions, null)];
  const { segments, parts, ...measured } = measuredOf(lines, {
    plan,
    slotMs: setting.slotMs,
    isWhole: gaps.length === 0,
  });
  const spans = new Spans(request.thresholds);
  for (const part of parts()) spans.part(part);
  logSegments(segments, lines, folder.lines("latency.hlog"));
  await folder.writeJson("plan.json", plan);
  await folder.writeJson("before.json", request.before);
  const weighed = await weigh(
    request,
    {
      address,
      server: prepared.server,
      before: request.before,
      measured,
      spans,
      notes: notesOf(lines, prepared),
      doubts: [
        ...gaps,
        ...gapConsequences(gaps),
        ...apartDoubts(lines, plan),
        ...lateDoubts(lines),
      ],
    },
    {
      faults: [],
      generatorDoubts: wakingDoubts(
        measured.timeline.totals.scheduleLag,
        measured.timeline.totals.merged((operation) => operation.latency.committed),
        {
          what: "on the runners sessions woke up late by",
          advice: "raise --parallelism, or give runners more of a core",
        },
      ),
      isUnobserved: true,
      overload: null,
      ownBeside: 0,
      isPooled: prepared.pooled !== null,
      isShared: request.isShared,
    },
  );
  // With the lines that are missing it can be audited still.
  const isLeft = gaps.length > 0 && !plan.existing;
  const keptDatabase = isLeft ? address.database : weighed.keptDatabase;
  const result = gatheredResult({ ...weighed, keptDatabase });
  await folder.writeResult("run.json", result);
  await folder.close();
  if (keptDatabase === null && !plan.existing) await dropDatabase(server, address.database);
  return result;
}

/** As many as a verdict can show. */
const problemsShownMax = 5;

function shortened(problems: readonly string[]): readonly string[] {
  const more = problems.length - problemsShownMax;
  const rest = more > 0 ? [`${counted(more, "more line")} cannot be counted either`] : [];
  return [...problems.slice(0, problemsShownMax), ...rest];
}

function gapConsequences(gaps: readonly string[]): readonly string[] {
  if (gaps.length === 0) return [];
  return [
    "what these sessions did is not known, so neither the ledger nor the last writes were audited: " +
      "collect again with all lines, the database is kept",
  ];
}

function measuredOf(
  lines: SessionLines,
  {
    plan,
    slotMs,
    isWhole,
  }: { readonly plan: Plan; readonly slotMs: number; readonly isWhole: boolean },
): Weighable & Pick<PutTogether, "segments" | "parts"> {
  const lengthMs = plan.durationMs ?? lines.endedMs;
  const cuts = lengthMs > 0 ? [lengthMs] : [];
  const { segments, parts, measured, warmup, seconds } = putTogether(lines, {
    cuts,
    lengthMs,
    endMs: lines.endedMs,
    slotMs,
  });
  const { digest, transactionsEnded, lostConnections } = lines;
  return {
    segments,
    parts,
    timeline: measured,
    warmup,
    seconds,
    lengthMs,
    courses: [],
    digest,
    transactionsEnded,
    lostConnections,
    // What some session may have overwritten, or entered, accuses nobody.
    fates: isWhole ? lines.fates() : null,
    lastWrites: isWhole ? lines.lastWrites(clocksApartMs(lines)) : { writes: [], keysLeftOut: [] },
    stores: [],
    doubts: [],
    untoldSessions: lines.missing().length,
    engine: k6Facts(runnersK6),
  };
}

/** latency.hlog: of each whole segment, as seconds have no histograms but of what was committed. */
function logSegments(
  segments: PutTogether["segments"],
  { zeroAtMs }: SessionLines,
  write: (line: string) => void,
): void {
  const [first] = segments;
  if (zeroAtMs === null || first === undefined) return;
  const log = intervalLog(write, () => zeroAtMs + first.endMs);
  for (const segment of segments) log(segment);
}

/** What is in the runners' image, nobody here has asked. */
const runnersK6 = {
  version: "as in the runners' image",
  driver: "lib/pq, as in the runners' image",
};

/** Runners that are started together begin within a second or two; so far apart they may. */
const runnersApartMsMax = 30_000;

/**
 * By how much the clocks of two runners may differ that each began by its own. Twice what they say
 * themselves they may: their machines' clocks, by which they say it, may be wrong as well.
 */
function clocksApartMs({ zerosApartMs }: SessionLines): number {
  return zerosApartMs > runnersApartMsMax ? Number.POSITIVE_INFINITY : 2 * runnersApartMsMax;
}

/** Beyond this share of the measured time the sessions were not at work together. */
const apartShareMax = 0.1;

function apartDoubts({ zerosApartMs }: SessionLines, { durationMs }: Plan): readonly string[] {
  const isApart = durationMs !== null && zerosApartMs > apartShareMax * durationMs;
  if (!isApart && zerosApartMs <= runnersApartMsMax) return [];
  return [
    `by their machines' clocks the runners began ${zerosApartMs / 1000} s apart, so the sessions were not at work together`,
  ];
}

function lateDoubts({ connectedMs }: SessionLines): readonly string[] {
  if (connectedMs <= 0) return [];
  return [
    `the last session was connected ${Math.round(connectedMs) / 1000} s after the measured time began: raise --warmup, or make the server take connections faster`,
  ];
}

function notesOf({ runners, zerosApartMs }: SessionLines, { pooled }: Prepared): readonly string[] {
  return [
    `${counted(runners, "runner")} drove the sessions; by their machines' clocks they began within ${zerosApartMs / 1000} s`,
    "nobody observed: concurrency, waits, locks, the host and the generators are not known; loadgen watch beside such a run looks at the server",
    ...(runners > 1
      ? [
          "of writes on different runners, which came first is not judged within their clocks' disagreement",
        ]
      : []),
    ...(pooled === null
      ? []
      : [`the sessions went through a pooler with ${counted(pooled, "connection")}`]),
  ];
}
