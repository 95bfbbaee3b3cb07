/** `loadgen k6 prepare`: the database and what the sessions draw from, once, before the runners start. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { conninfo } from "../../engine/k6/conninfo.ts";
import { environment } from "../../engine/k6/setting.ts";
import { prepareApart, preparedFile } from "../../run/prepare-apart.ts";
import { interruption } from "../interruption.ts";
import { requestIn } from "../k6-request.ts";
import { printingListener } from "../listeners.ts";
import { wholeNumber } from "../option-values.ts";
import { failOn } from "../problems.ts";
import { sessionsMax } from "../run-options.ts";
import { namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

export interface PrepareOptions {
  readonly url?: string;
  readonly pooled?: string;
}

export async function k6Prepare(given: string, options: PrepareOptions): Promise<ExitCode> {
  const folder = resolve(given);
  const pooled = pooledOf(options);
  failOn(
    existsSync(join(folder, preparedFile))
      ? [`${given} is prepared already, and a prepared folder is for one run: export another one`]
      : [],
  );
  const { plan, scenario, system } = await requestIn(folder, options.url);
  const stop = interruption();
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    const { prepared, address } = await withRunLock(server, () =>
      prepareApart({
        run: randomUUID(),
        plan,
        scenario,
        system,
        server,
        folder,
        pooled,
        interrupted: stop.signal,
        listener: printingListener(process.stdout, false),
      }),
    );
    const { words } = address.keywords();
    const lines = [
      `prepared ${prepared.database} for ${plan.sessions} sessions`,
      ...(address.isLoopback
        ? [
            "! this address is of this machine alone: runners elsewhere need one by which they reach the server",
          ]
        : []),
      "what the runners are told (the password apart, in PGPASSWORD):",
      `${environment.server}="${conninfo(words)}"`,
      `next: build the image and start the runners, as in ${join(given, "COMMANDS.md")}`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  } finally {
    stop.release();
  }
}

function pooledOf({ pooled }: PrepareOptions): number | null {
  if (pooled === undefined) return null;
  const parsed = wholeNumber(1, sessionsMax).safeParse(pooled);
  failOn((parsed.error?.issues ?? []).map(({ message }) => `--pooled: ${message}`));
  return parsed.data ?? null;
}
