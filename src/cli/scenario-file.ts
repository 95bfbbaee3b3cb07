/** Finds the scenario that the command line names: a bundled one, or a file of the user's own. */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { scenarios } from "../../scenarios/index.ts";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import type { Scenario } from "../core/scenario.ts";
import { sqlScenario } from "../core/sql-scenario.ts";
import { packageRoot } from "../server/package-root.ts";

export interface FoundScenario {
  readonly scenario: Scenario;
  /** As the plan names it: the name of a bundled scenario, or a file's absolute path. */
  readonly name: string;
}

const extensions = [".ts", ".js", ".mjs", ".sql"];

/** Whether the command line means a file, which may have options that nobody else knows. */
export function namesFile(name: string): boolean {
  return extensions.includes(extname(name));
}

export async function findScenario(name: string): Promise<Parsed<FoundScenario>> {
  const bundled = scenarios.find((scenario) => scenario.name === name);
  if (bundled !== undefined) return parsed({ scenario: bundled, name });
  if (!namesFile(name)) {
    const known = scenarios.map((scenario) => scenario.name).join(", ");
    return rejected(
      `there is no scenario "${name}": expected one of ${known}, or the path of a .ts, .js or .sql file`,
    );
  }
  const path = resolve(name);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return rejected(`cannot read the scenario ${path}: expected a file`);
  const scenario = extname(path) === ".sql" ? await fromSql(path) : await fromModule(path);
  return scenario.ok ? parsed({ scenario: scenario.value, name: path }) : scenario;
}

async function fromSql(path: string): Promise<Parsed<Scenario>> {
  const scenario = sqlScenario(operationName(path), await readFile(path, "utf8"));
  return scenario.ok ? scenario : rejected(...scenario.problems.map((text) => `${path}: ${text}`));
}

/** Names stand in application_name, in SQL comments and in thresholds. */
const nameLengthMax = 40;

function operationName(path: string): string {
  return basename(path, ".sql")
    .replace(/[^\w.-]/g, "-")
    .slice(0, nameLengthMax);
}

async function fromModule(path: string): Promise<Parsed<Scenario>> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-scenario-"));
  try {
    // Only here: it takes longer to load than all the rest of the command line.
    const { build } = await import("esbuild");
    const outfile = join(folder, "scenario.mjs");
    await build({
      entryPoints: [path],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "silent",
      // The very modules that run now, so that its failures are our failures; from any folder.
      plugins: [
        {
          name: "loadgen",
          setup(builder) {
            const own = pathToFileURL(join(packageRoot(), "dist", "index.js")).href;
            builder.onResolve({ filter: /^loadgen$/ }, () => ({ path: own, external: true }));
          },
        },
      ],
    });
    const exported = (await import(pathToFileURL(outfile).href)) as Readonly<
      Record<string, unknown>
    >;
    return scenarioAmong(path, exported);
  } catch (error) {
    return rejected(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const callable = z.custom<unknown>((value) => typeof value === "function", "expected a function");

const help = z.string();
const option = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("flag"), help }),
  z.object({ kind: z.literal("integer"), min: z.int(), default: z.int().nullable(), help }),
  z.object({ kind: z.literal("choice"), values: z.array(z.string()), default: z.string(), help }),
  z.object({ kind: z.literal("text"), default: z.string(), help }),
  z.object({ kind: z.literal("weights"), default: z.record(z.string(), z.int().min(0)), help }),
]);

const shape = z.object({
  name: z
    .string()
    .regex(/^[\w.-]+$/, "expected letters, digits, dots or dashes")
    .max(nameLengthMax),
  summary: z.string(),
  system: z.string().nullable(),
  operations: z.array(z.string().regex(/^[\w.-]+$/)).min(1),
  defaults: z.object({ sessions: z.int().min(1), thinkMs: z.tuple([z.number(), z.number()]) }),
  options: z.record(z.string(), option),
  retry: z.object({
    codes: z.array(z.string()),
    attemptsMax: z.int().min(1),
    backoffMs: z.number(),
    backoffMsMax: z.number(),
  }),
  thresholds: z.record(z.string(), z.array(z.string())),
  prepare: callable,
  draw: callable,
});

function scenarioAmong(
  path: string,
  exported: Readonly<Record<string, unknown>>,
): Parsed<Scenario> {
  // A set: the same one may be the default export, too.
  const values = [...new Set(Object.values(exported))];
  const candidates = values.filter(
    (value) => typeof value === "object" && value !== null && "draw" in value,
  );
  const [candidate] = candidates;
  if (candidate === undefined || candidates.length > 1) {
    return rejected(
      `${path}: exports ${candidates.length} scenarios: expected one, such as export const mine = defineScenario({…})`,
    );
  }
  const checked = shape.safeParse(candidate);
  if (checked.success) return parsed(candidate as Scenario);
  return rejected(
    ...checked.error.issues.map((issue) => `${path}: ${issue.path.join(".")}: ${issue.message}`),
  );
}
