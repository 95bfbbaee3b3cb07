/** Files with a JSON value a line, which only ever grow. */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

export interface Lines<T> {
  /** In the order of the file. */
  readonly values: readonly T[];
  /** Lines that are none of these: cut short by a full disk, or somebody else's. */
  readonly unreadable: number;
}

/** Empty where there is no file yet; rejects where it cannot be read. `read`: null for what is none. */
export async function readLines<T>(
  path: string,
  read: (value: unknown) => T | null,
): Promise<Lines<T>> {
  return linesIn(await textOf(path), read);
}

/**
 * Creates folder and file where they are missing, adds a line and resolves with those before it.
 * Rejects where the file cannot be read or written.
 */
export async function appendLine<T>(
  path: string,
  value: T,
  read: (value: unknown) => T | null,
): Promise<Lines<T>> {
  await mkdir(dirname(path), { recursive: true });
  const text = await textOf(path);
  // Whatever was left of a line that was cut short must not swallow this one.
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  // One write in append mode: lines of two that end at once do not mix.
  await appendFile(path, `${separator}${JSON.stringify(value)}\n`);
  return linesIn(text, read);
}

function linesIn<T>(text: string, read: (value: unknown) => T | null): Lines<T> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.map((line) => valueIn(line, read)).filter((value) => value !== null);
  return { values, unreadable: lines.length - values.length };
}

function valueIn<T>(line: string, read: (value: unknown) => T | null): T | null {
  try {
    return read(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Not even JSON: counted with what is none for another reason.
    return null;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return "";
    throw error;
  }
}
