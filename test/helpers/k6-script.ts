/** Runs a script of the tests' own in k6, bundled with what it imports of ours. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { conninfo } from "../../src/engine/k6/conninfo.ts";
import { K6Process } from "../../src/engine/k6/process.ts";
import type { Address } from "../../src/server/address.ts";

/** The objects that the script printed, one a line. It connects to what SERVER says. */
export async function runScript(
  k6: string,
  script: string,
  address: Address,
): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-script-"));
  try {
    await build({
      entryPoints: [script],
      outfile: join(folder, "script.js"),
      bundle: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      external: ["k6", "k6/*"],
      logLevel: "silent",
    });
    const { password, words } = address.keywords();
    const started = new K6Process({
      path: k6,
      folder,
      script: "script.js",
      lines: "lines",
      env: {
        SERVER: conninfo(words),
        ...(password === null ? {} : { PGPASSWORD: password }),
      },
      more: [],
    });
    const how = await started.ended;
    const lines = (await readFile(join(folder, "lines"), "utf8")).trim();
    if (how !== "ended with 0" || started.log !== "" || lines === "") {
      throw new Error(`k6 ${how}: ${started.log}`);
    }
    return lines.split("\n").map((line) => JSON.parse(line) as unknown);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
