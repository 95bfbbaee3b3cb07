/** A suite's YAML, held against its schema: where everything in it stands, and what is wrong so far. */
import { type Document, isAlias, isMap, isNode, isSeq, LineCounter, parseDocument } from "yaml";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import { suiteSchema } from "./suite-schema.ts";

export interface SuiteDocument {
  readonly document: Document;
  /** Of a character, by its offset, such as `suite.yaml:3:5`. */
  readonly at: (offset: number) => string;
  /** Each once, for what is wrong with a default is wrong with every run; more are added. */
  readonly problems: Set<string>;
  /** Of what the schema does not take, by `pathText`: nobody else need look at it. */
  readonly bad: ReadonlySet<string>;
}

/** Rejected only where it is no YAML. `path` names the file in problems. */
export function readDocument(text: string, path: string): Parsed<SuiteDocument> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const faulty = [...document.errors, ...document.warnings];
  if (faulty.length > 0) {
    return rejected(...faulty.map(({ pos, message }) => `${at(pos[0])}: not YAML: ${message}`));
  }
  const read = { document, at, problems: new Set<string>(), bad: new Set<string>() };
  const checked = suiteSchema.safeParse(document.toJS());
  for (const issue of checked.error?.issues ?? []) noteIssue(issue, read);
  noteDoubles(read);
  return parsed(read);
}

/** In the order in which they stand in the file; those without a place first. */
export function inOrder(problems: Iterable<string>): readonly string[] {
  const placed = [...problems].map((text) => {
    const [, line = "0", column = "0"] = /^[^ ]+?:(\d+):(\d+): /.exec(text) ?? [];
    return { text, line: Number(line), column: Number(column) };
  });
  placed.sort((one, other) => one.line - other.line || one.column - other.column);
  return placed.map(({ text }) => text);
}

/** Of a node's first character; 0 for what is no node, or an empty one that YAML leaves out. */
export function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** What an alias stands for; anything else as it is. */
export function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

export function pathText(path: readonly PropertyKey[]): string {
  return path.map(String).join("/");
}

type Issue = NonNullable<ReturnType<typeof suiteSchema.safeParse>["error"]>["issues"][number];

interface Noted extends SuiteDocument {
  readonly bad: Set<string>;
}

function noteIssue(issue: Issue, { at, document, problems, bad }: Noted): void {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [null];
  for (const key of keys) {
    const path = key === null ? issue.path : [...issue.path, key];
    bad.add(pathText(path.slice(0, path[0] === "runs" ? 3 : 2)));
    const what = key === null ? issue.message : "there is no such option in a suite";
    const name = path.filter((part) => typeof part === "string").slice(path.length > 1 ? 1 : 0);
    problems.add(`${at(offsetAt(document, path))}: ${[...name, what].join(": ")}`);
  }
}

/** Of what is there on the way to it: what is missing has no place of its own. */
function offsetAt(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return offsetOf(node);
  }
  return offsetOf(document.contents);
}

function noteDoubles({ document, at, problems }: Noted): void {
  const runs = resolved(document.getIn(["runs"], true), document);
  const seen = new Map<string, string>();
  for (const item of isSeq(runs) ? runs.items : []) {
    const run = resolved(item, document);
    const name: unknown = isMap(run) ? run.get("name") : undefined;
    if (!isMap(run) || typeof name !== "string") continue;
    const place = at(offsetOf(run.get("name", true)));
    const first = seen.get(name);
    seen.set(name, first ?? place);
    if (first === undefined) continue;
    problems.add(
      `${place}: the run ${name} stands at ${first} already: expected names of their own`,
    );
  }
}
