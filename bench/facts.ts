/** What must be known of where and how figures were measured. */
import { execFileSync } from "node:child_process";
import { bytesText } from "../src/report/figures.ts";
import { machineFingerprint } from "../src/server/fingerprint.ts";

/** @param words of the command line. */
export function facts(words: readonly string[]): Record<string, string> {
  const { cpu, cores, memoryBytes, kernel, node } = machineFingerprint();
  return {
    command: ["npm run bench --", ...words].join(" "),
    date: new Date().toISOString(),
    machine: `${cpu}, ${cores} cores, ${bytesText(memoryBytes)} of memory, ${kernel}`,
    node,
    loadgen: commit(),
  };
}

/** The checkout's commit, and whether something in it was changed since. */
function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  } catch {
    // Without git, or not in a checkout.
    return "unknown commit";
  }
}
