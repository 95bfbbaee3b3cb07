/** What `loadgen k6 …` is asked for: a run's options, but for those that make no sense on many machines. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import { wholeNumber } from "./option-values.ts";
import { failOn, UsageError } from "./problems.ts";
import { type Request, requestFrom } from "./run-request.ts";

export interface ExportedRequest {
  readonly request: Request;
  readonly parallelism: number;
  readonly image: string;
  readonly out: string;
}

type Given = Readonly<Record<string, unknown>>;

/** One pod each: more than the largest clusters of today have nodes. */
const parallelismMax = 5_000;

/** Options of `run` that have no meaning here, and why. */
const refused: Readonly<Record<string, string>> = {
  poolMax:
    "--pool-max: runners share no pool: put a pooler in front of the server, and give loadgen k6 prepare --pooled",
  k6: "--k6: the k6 is built into the image",
  json: "--json: nothing is measured yet; loadgen k6 collect has it",
  quiet: "--quiet: nothing is measured yet",
  metricsPort: "--metrics-port: nothing is measured yet",
  otlp: "--otlp: nothing is measured yet",
  explain: "--explain: nothing is told by the run of many machines but what its sessions did",
  allowChaosOn: "--allow-chaos-on: there are no faults on many machines",
};

/** Throws a UsageError with every problem there is. */
export async function exportedRequest(
  words: readonly string[],
  given: Given,
): Promise<ExportedRequest> {
  const problems = problemsOf(given);
  const parsed = wholeNumber(1, parallelismMax).safeParse(given.parallelism);
  if (given.parallelism === undefined) {
    problems.push("--parallelism: expected how many runners there are to be");
  } else {
    problems.push(
      ...(parsed.error?.issues ?? []).map(({ message }) => `--parallelism: ${message}`),
    );
  }
  if (typeof given.out !== "string") problems.push("--out: expected a new folder to write to");
  const request = await requestOf(words, withoutRefused(given), problems);
  const parallelism = parsed.data ?? 1;
  problems.push(...planProblems(request.plan, parallelism));
  failOn(problems);
  const { image, out } = given as { readonly image: string; readonly out: string };
  return { request, parallelism, image, out };
}

/** The plan of an exported folder. Throws a UsageError. */
export async function requestIn(folder: string, url: string | undefined): Promise<Request> {
  failOn(
    existsSync(join(folder, "plan.json"))
      ? []
      : [`${folder}: expected a folder that loadgen k6 export wrote, with a plan.json`],
  );
  const given = { chaos: [], thresholds: [], repeat: folder };
  const request = await requestFrom([], url === undefined ? given : { ...given, url });
  const stored = JSON.parse(await readFile(join(folder, "plan.json"), "utf8")) as Plan;
  const changed = changedFields(stored, request.plan);
  // The script has the plan as it was exported; that and no other is what can be judged.
  failOn(
    changed.length === 0
      ? []
      : [
          `${folder}: plan.json was changed, or the scenario was (${changed.join(", ")}): export again`,
        ],
  );
  return request;
}

function changedFields(stored: Plan, now: Plan): readonly string[] {
  return (Object.keys(now) as (keyof Plan)[])
    .filter((name) => name !== "url")
    .filter((name) => JSON.stringify(stored[name]) !== JSON.stringify(now[name]));
}

function problemsOf(given: Given): string[] {
  const { engine, chaos } = given;
  const tasks = given.while;
  return [
    ...(engine === undefined || engine === "k6" ? [] : ["--engine: expected k6, or leave it out"]),
    ...(Array.isArray(chaos) && chaos.length > 0
      ? ["--chaos: nobody is beside the runners to inject faults on their clock: expected none"]
      : []),
    ...(Array.isArray(tasks) && tasks.length > 0
      ? ["--while: nobody is beside the runners to do anything on their clock: expected none"]
      : []),
    ...Object.entries(refused).flatMap(([name, why]) => (given[name] === undefined ? [] : [why])),
  ];
}

function withoutRefused(given: Given): Given {
  const left = Object.entries(given).filter(
    ([name]) => !(name in refused) && !["parallelism", "image"].includes(name),
  );
  return { ...Object.fromEntries(left), chaos: [], while: [], engine: "k6" };
}

async function requestOf(
  words: readonly string[],
  given: Given,
  problems: readonly string[],
): Promise<Request> {
  try {
    return await requestFrom(words, given);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError([...problems, ...error.problems]);
  }
}

/** What a plan may have by its scenario, or by the one that it repeats. */
function planProblems(plan: Plan, parallelism: number): readonly string[] {
  const { sessions, faults, poolMax, rate, explain } = plan;
  return [
    ...(parallelism > sessions
      ? [
          `--parallelism: ${parallelism} runners for ${sessions} sessions: expected at most one a session`,
        ]
      : []),
    ...(faults.length > 0
      ? ["--repeat: the plan has faults, which many machines cannot have"]
      : []),
    ...(explain ? ["--repeat: the plan has --explain, which many machines cannot have"] : []),
    ...(poolMax === null ? [] : ["the sessions of this plan share a pool: expected one without"]),
    ...(rate === null
      ? []
      : [
          "--rate: arrivals go to whichever session is free, and runners share no memory: leave it out",
        ]),
  ];
}
