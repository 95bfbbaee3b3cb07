// Everything that needs no database, in seconds: format, types, lint, unused code, fast tests. As
// many at a time as there are cores; the longest first.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import pLimit from "p-limit";

const steps = [
  "eslint .",
  "vitest run --project fast",
  "tsc -p .",
  "prettier --check --log-level warn .",
  "tsc -p tsconfig.pure.json",
  "tsc -p src/report/page/client",
  "knip",
];

/** What a step printed, and whether it went well. */
function run(step) {
  return new Promise((resolve, reject) => {
    const child = spawn("npx", ["--no-install", ...step.split(" ")]);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ step, output, ok: code === 0 }));
  });
}

const atATime = pLimit(availableParallelism());
const results = await Promise.all(steps.map((step) => atATime(() => run(step))));
for (const { step, output, ok } of results) {
  console.log(`${ok ? "ok     " : "FAILED "} ${step}`);
  if (!ok) console.log(output);
}
if (results.some(({ ok }) => !ok)) process.exit(1);
