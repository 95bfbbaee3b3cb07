/**
 * Reads a suite: what each of its runs is asked for, as `loadgen run` would read it from a command
 * line. All problems are told, each with its place.
 */
import { readFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { isMap, isNode, isSeq, type YAMLMap } from "yaml";
import { parsed, type Parsed, rejected } from "../core/parsed.ts";
import { type PlacedThreshold, readThresholds } from "../metrics/thresholds/threshold-file.ts";
import { packageRoot } from "../server/package-root.ts";
import { UsageError } from "./problems.ts";
import { givenName } from "./option-names.ts";
import { type Request, requestFrom } from "./run-request.ts";
import { namesFile } from "./scenario-file.ts";
import {
  inOrder,
  offsetOf,
  pathText,
  readDocument,
  resolved,
  type SuiteDocument,
} from "./suite-document.ts";

export interface SuiteEntry extends Request {
  readonly name: string;
}

export interface Suite {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly entries: readonly SuiteEntry[];
}

/** What the command line gives to every run. */
type Given = Readonly<Record<string, unknown>>;

/** The file of a suite that is named: one that ships with loadgen, or a path. */
export function suiteFile(named: string): string {
  if ([".yaml", ".yml"].includes(extname(named))) return resolve(named);
  return join(packageRoot(), "suites", `${named}.yaml`);
}

/** Throws a UsageError with every problem there is. `named`: as in `suiteFile`. */
export async function readSuite(named: string, given: Given): Promise<Suite> {
  const file = suiteFile(named);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    throw new UsageError([
      `--suite: cannot read ${file} (${code}): expected a .yaml file, or the name of a suite of loadgen's`,
    ]);
  }
  const suite = await parseSuite(text, {
    path: named === file ? file : shownPath(named, file),
    file,
    given,
  });
  if (!suite.ok) throw new UsageError(suite.problems);
  return suite.value;
}

/** As the user wrote it, where they wrote a path. */
function shownPath(named: string, file: string): string {
  return extname(named) === "" ? file : named;
}

export interface SuiteSource {
  /** Names the file in problems. */
  readonly path: string;
  /** Absolute: what it names is looked for beside it. */
  readonly file: string;
  readonly given: Given;
}

export async function parseSuite(text: string, source: SuiteSource): Promise<Parsed<Suite>> {
  const read = readDocument(text, source.path);
  if (!read.ok) return read;
  const reading: Reading = { ...source, ...read.value };
  const { document, problems } = reading;
  const runs = resolved(document.getIn(["runs"], true), document);
  const nodes = isSeq(runs) ? runs.items : [];
  const entries: SuiteEntry[] = [];
  for (const [index, item] of nodes.entries()) {
    const node = resolved(item, document);
    const entry = isMap(node) ? await readEntry(node, index, reading) : null;
    if (entry !== null) entries.push(entry);
  }
  if (problems.size > 0) return rejected(...inOrder(problems));
  return parsed({ name: String(document.get("name")), file: source.file, entries });
}

type Reading = SuiteSource & SuiteDocument;

/** What a run has, its own or by default: YAML nodes by name. */
type Parts = ReadonlyMap<string, { readonly node: unknown; readonly isOwn: boolean }>;

function partsOf(own: YAMLMap, index: number, { document, bad }: Reading): Parts {
  const defaults = resolved(document.getIn(["defaults"], true), document);
  const parts = new Map<string, { node: unknown; isOwn: boolean }>();
  for (const [map, isOwn] of [
    [defaults, false],
    [own, true],
  ] as const) {
    for (const { key, value } of isMap(map) ? map.items : []) {
      const name = String(key);
      const path = isOwn ? ["runs", index, name] : ["defaults", name];
      if (!bad.has(pathText(path))) parts.set(name, { node: resolved(value, document), isOwn });
    }
  }
  return parts;
}

async function readEntry(
  own: YAMLMap,
  index: number,
  reading: Reading,
): Promise<SuiteEntry | null> {
  const parts = partsOf(own, index, reading);
  const js = (name: string): unknown => {
    const node = parts.get(name)?.node;
    return isNode(node) ? node.toJS(reading.document) : undefined;
  };
  const [name, scenario] = [js("name"), js("scenario")];
  if (typeof name !== "string" || typeof scenario !== "string") return null;
  const words = [beside(scenario, reading, namesFile(scenario)), ...wordsOf(js("options"))];
  const inline = inlineThresholds(parts.get("thresholds")?.node, reading);
  try {
    const request = await requestFrom(words, givenOf(parts, js, reading), inline);
    return { ...request, name };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const problem of error.problems) {
      reading.problems.add(placed(problem, { name, own, parts, reading }));
    }
    return null;
  }
}

/** Paths in a suite lead from where it lies. */
function beside(text: string, { file }: Reading, isPath: boolean): string {
  return isPath ? resolve(dirname(file), text) : text;
}

function wordsOf(options: unknown): string[] {
  if (typeof options !== "object" || options === null) return [];
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${String(value)}`];
  });
}

/** Of none: it is none, or names files. */
function inlineThresholds(
  node: unknown,
  { path, at, problems }: Reading,
): readonly PlacedThreshold[] {
  if (!isMap(node)) return [];
  const read = readThresholds(node, { source: path, at });
  if (read.ok) return read.value;
  for (const problem of read.problems) problems.add(problem);
  return [];
}

/** As the command line's parser would give it. */
function givenOf(parts: Parts, js: (name: string) => unknown, reading: Reading): Given {
  const files = js("thresholds");
  const given: Record<string, unknown> = {
    chaos: listOf(js("chaos")),
    while: listOf(js("while")),
    thresholds: listOf(files).map((file) => beside(file, reading, true)),
  };
  for (const name of parts.keys()) {
    if (["name", "scenario", "options", "chaos", "while", "thresholds"].includes(name)) continue;
    const value = js(name);
    if (typeof value === "boolean") {
      if (value || name === "ledger") given[givenName(`--${name}`)] = value;
    } else {
      given[givenName(`--${name}`)] = String(value);
    }
  }
  return { ...given, ...reading.given };
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.map(String) : [];
}

interface Placing {
  readonly name: string;
  readonly own: YAMLMap;
  readonly parts: Parts;
  readonly reading: Reading;
}

/** A problem of an option stands where the option does; one of the run as a whole where the run does. */
function placed(problem: string, { name, own, parts, reading }: Placing): string {
  if (problem.startsWith(`${reading.path}:`)) return problem;
  const [, flag = ""] = /^(?:unknown option )?--([\w-]+)/.exec(problem) ?? [];
  // What was given on the command line is no matter of the file.
  if (Object.hasOwn(reading.given, givenName(`--${flag}`))) return problem;
  const options = parts.get("options")?.node;
  const part = parts.get(flag);
  const ofScenario: unknown = isMap(options) ? options.get(flag, true) : undefined;
  const node = part?.node ?? ofScenario ?? own;
  const text = problem.replace(/^--(?=[\w-]+: )/, "");
  const place = reading.at(offsetOf(node));
  return part?.isOwn === false ? `${place}: ${text}` : `${place}: run ${name}: ${text}`;
}
