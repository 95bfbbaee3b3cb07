/**
 * What loading a fixture consists of, in order. Index builds of the same table do not exclude each other
 * (they take a SHARE lock; PostgreSQL manual, "Explicit Locking"), so those that follow one another
 * go on side by side.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredPayloads, TableData } from "../core/system.ts";
import type { Fixture } from "./fixture.ts";

export interface ScriptStep {
  readonly number: number;
  readonly file: string;
  readonly text: string;
}

export interface TableStep {
  readonly number: number;
  readonly data: TableData;
}

export type Stage =
  | { readonly kind: "scripts"; readonly scripts: readonly ScriptStep[] }
  | { readonly kind: "table"; readonly table: TableStep };

/** One after the other; the scripts of a stage in any order, or at the same time. */
export async function stagesOf(fixture: Fixture): Promise<readonly Stage[]> {
  const { folder, system, variant } = fixture;
  const { beforeData, afterData } = variant;
  const own = payloadScript(fixture);
  const scripts = async (files: readonly string[], first: number): Promise<readonly ScriptStep[]> =>
    Promise.all(
      files.map(async (file, index) => ({
        number: first + index,
        file,
        text: await readFile(join(folder, file), "utf8"),
      })),
    );
  const firstTable = beforeData.length;
  const tables = system.tables.map((data, index): Stage => {
    return { kind: "table", table: { number: firstTable + index, data } };
  });
  const firstAfter = firstTable + tables.length;
  return [
    ...inStages(await scripts(beforeData, 0)),
    ...tables,
    ...inStages(await scripts(afterData, firstAfter)),
    ...(own === null ? [] : inStages([{ number: firstAfter + afterData.length, ...own }])),
  ];
}

/** What stores the user's own payloads; null: there are none. */
function payloadScript(fixture: Fixture): Pick<ScriptStep, "file" | "text"> | null {
  const stored = payloadsOf(fixture);
  return stored === null ? null : { file: stored.path, text: stored.script };
}

/** The user's own; null: there are none. Throws an Error if they were not checked. */
export function payloadsOf({
  system,
  payloads,
  parameters,
}: Fixture): (StoredPayloads & { readonly path: string }) | null {
  if (payloads === null || system.payloads === null) return null;
  const stored = system.payloads(payloads.text, payloads.path, parameters);
  if (!stored.ok) throw new Error(stored.problems.join("; "));
  return { ...stored.value, path: payloads.path };
}

function inStages(scripts: readonly ScriptStep[]): readonly Stage[] {
  const stages: ScriptStep[][] = [];
  let last: ScriptStep[] | null = null;
  for (const script of scripts) {
    const isBesides = onlyBuildsIndexes(script.text);
    if (isBesides && last !== null) last.push(script);
    else stages.push((last = [script]));
    if (!isBesides) last = null;
  }
  return stages.map((stage) => ({ kind: "scripts", scripts: stage }));
}

/** Comments left out, and assuming no semicolon within a statement, which would only say no. */
export function onlyBuildsIndexes(sql: string): boolean {
  const statements = sql
    .replace(/--[^\n]*/g, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
  return statements.length > 0 && statements.every((one) => /^create\s+index\s/i.test(one));
}
