/** Runners of an exported run, as the k6-operator starts them, but as processes of this machine. */
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { conninfo } from "../../src/engine/k6/conninfo.ts";
import type { Address } from "../../src/server/address.ts";

interface Manifest {
  readonly spec: {
    readonly script: { readonly localFile: string };
    readonly runner: {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
    };
  };
}

/** Runs all of them to their end, and resolves with the folder of what each has printed. */
export async function runRunners(
  folder: string,
  {
    k6,
    address,
    count,
  }: { readonly k6: string; readonly address: Address; readonly count: number },
): Promise<string> {
  const manifest = parse(await readFile(join(folder, "testrun.yaml"), "utf8")) as Manifest;
  const { words, password } = address.keywords();
  const env = {
    PATH: String(process.env.PATH),
    ...Object.fromEntries(
      manifest.spec.runner.env.map(({ name, value }) => [name, value ?? ""] as const),
    ),
    LOADGEN_SERVER: conninfo(words),
    PGPASSWORD: String(password),
  };
  const script = basename(manifest.spec.script.localFile);
  const lines = join(folder, "lines");
  await mkdir(lines);
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const printed = await run(k6, argumentsOf(index, count, script), { folder, env });
      await writeFile(join(lines, `${index}.log`), printed);
    }),
  );
  return lines;
}

/** As the operator has them, but for `--paused`, and a port that is free. */
function argumentsOf(index: number, count: number, script: string): readonly string[] {
  const edge = (at: number) => (at === 0 ? "0" : at === count ? "1" : `${at}/${count}`);
  const sequence = Array.from({ length: count + 1 }, (_, at) => edge(at)).join(",");
  const segment = [
    `--execution-segment=${edge(index)}:${edge(index + 1)}`,
    `--execution-segment-sequence=${sequence}`,
  ];
  return [
    "run",
    "--quiet",
    ...(count > 1 ? segment : []),
    script,
    "--address=127.0.0.1:0",
    "--tag",
    `instance_id=${index + 1}`,
  ];
}

/** Resolves with all that it printed, as a container's log has it. */
function run(
  k6: string,
  words: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(k6, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
    }
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`k6 ended with ${code}:\n${printed}`)),
    );
  });
}
