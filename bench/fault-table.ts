/**
 * `npm run docs:faults`: runs every fault of the catalogue under the same load, each on its own on a
 * server of its own, and writes docs/faults.md: what it did, how the run came back, how it is undone.
 * The words are those of the faults' essays, the figures are measured. `npm run docs:faults -- NAME…` does
 * these alone, and leaves the rest of the page as it is.
 */
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Fault } from "../src/faults/fault.ts";
import { faults } from "../src/faults/index.ts";
import { stopEmbedded } from "../src/server/embedded.ts";
import { startChild } from "./child.ts";
import { essayOf } from "./essay.ts";
import { facts } from "./facts.ts";
import { type FaultRow, pageOf, pageWith, type RunOfFault, textOf } from "./fault-page.ts";

/** scripts/bench.js puts the built command beside this file's bundle. */
const loadgen = fileURLToPath(new URL("dist/loadgen.js", import.meta.url));

/** Small enough that loading it takes a second, large enough that sessions seldom meet. */
const load = [
  ...["concurrent", "--documents", "500", "--references", "20000", "--sessions", "8"],
  ...["--think", "10ms", "--warmup", "2s"],
];

/** A side task is over when it is done, and shows nothing where the run ends before. */
function lengthOf({ endsByItself }: Fault): readonly string[] {
  return ["--duration", endsByItself === true ? "40s" : "16s"];
}

const { values, positionals } = parseArgs({
  options: { out: { type: "string", default: join("docs", "faults.md") } },
  allowPositionals: true,
});

const isWhole = positionals.length === 0;
const unknown = positionals.filter((given) => !faults.some(({ name }) => name === given));
if (unknown.length > 0) throw new Error(`there is no fault ${unknown.join(", ")}`);
const chosen = faults.filter(({ name }) => isWhole || positionals.includes(name));
const home = await mkdtemp(join(await realpath(tmpdir()), "loadgen-faults-"));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
try {
  // The server's user must be able to enter where root runs this.
  await chmod(home, 0o755);
  const rows: FaultRow[] = [];
  for (const fault of chosen) rows.push(await measured(fault));
  const command = `loadgen run ${load.join(" ")} --duration 16s --chaos FAULT (side tasks: --duration 40s)`;
  const all: Readonly<Record<string, string>> = { ...facts([]), command };
  const apart = `${all.date}, loadgen ${all.loadgen}, ${all.machine}`;
  await writeFile(
    values.out,
    isWhole ? pageOf(rows, all) : pageWith(await readFile(values.out, "utf8"), rows, apart),
  );
  process.stdout.write(`\n${values.out}\n`);
} finally {
  await stopEmbedded(join(home, "server"));
  await rm(home, { recursive: true, force: true });
}

async function measured(fault: Fault): Promise<FaultRow> {
  const text = textOf(fault);
  const { code, run } = await runOf(fault, text);
  process.stdout.write(`${text}: exit code ${String(code)}: ${run.verdict.reasons.join("; ")}\n`);
  const source = await readFile(join("src", "faults", `${fault.name}.ts`), "utf8");
  return { fault, text, code, run, essay: essayOf(source) };
}

async function runOf(
  fault: Fault,
  text: string,
): Promise<{ readonly code: number | null; readonly run: RunOfFault }> {
  const out = join(home, fault.name);
  const words = [
    "run",
    ...load,
    ...lengthOf(fault),
    "--chaos",
    text,
    "--json",
    "--quiet",
    "--out",
    out,
  ];
  const env = { LOADGEN_HOME: join(home, "server") };
  const { ended } = startChild({
    program: process.execPath,
    words: [loadgen, ...words],
    env,
    stop: stop.signal,
  });
  const { code, stdout, stderr } = await ended;
  if (!stdout.startsWith("{")) throw new Error(`${text}: ended with ${String(code)}: ${stderr}`);
  return { code, run: JSON.parse(stdout) as RunOfFault };
}
