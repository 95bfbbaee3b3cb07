/** k6 beside loadgen: left out as yet, and said so. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Telling } from "./bench.ts";

export async function noteK6({ note }: Telling): Promise<void> {
  const path = process.env.LOADGEN_K6 || join("k6", "bin", "k6");
  const isThere = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  note(
    isThere
      ? `k6 is left out: ${path} is there, but nothing here drives it yet`
      : `k6 is left out: there is no binary at ${path} (LOADGEN_K6 may name another one)`,
  );
}
