// Everything that needs no database, in seconds: format, types, lint, unused code, fast tests.
import { spawnSync } from "node:child_process";

const steps = [
  ["prettier", "--check", "--log-level", "warn", "."],
  ["tsc", "-p", "."],
  ["tsc", "-p", "tsconfig.pure.json"],
  ["eslint", "."],
  ["knip"],
  ["vitest", "run", "--project", "fast"],
];
const failed = steps.filter(([tool, ...args]) => {
  console.log(`\n> ${tool} ${args.join(" ")}`);
  return spawnSync("npx", ["--no-install", tool, ...args], { stdio: "inherit" }).status !== 0;
});
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.map((step) => step.join(" ")).join("; ")}`);
  process.exit(1);
}
console.log("\nall checks passed");
