/**
 * What EXPLAIN (FORMAT JSON) and auto_explain say of a statement, read. Their fields differ from
 * version to version (18 counts rows in fractions, 17 has other names for I/O times, 14 has no
 * "Disabled"), so a node is kept as the server gave it, and what is not there counts nothing. It is
 * asked for VERBOSE, which tells the schema of what is read.
 */

/** A node by the server's own names. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly Plans?: readonly PlanNode[];
  readonly [field: string]: unknown;
}

/** A trigger that the statement fired; foreign keys are checked by triggers. */
export interface PlanTrigger {
  readonly name: string;
  readonly relation: string;
  readonly calls: number;
  /** Null: nothing was timed. */
  readonly timeUs: number | null;
}

export interface QueryPlan {
  /** As auto_explain has it; null: EXPLAIN does not repeat what it was asked. */
  readonly text: string | null;
  readonly root: PlanNode;
  readonly triggers: readonly PlanTrigger[];
}

/** What a statement, or a node with all below it, took. */
export interface PlanFigures {
  readonly timeUs: number;
  readonly rows: number;
  readonly buffersHit: number;
  readonly buffersRead: number;
  readonly buffersDirtied: number;
  /** Blocks of temporary files, read and written. */
  readonly tempBlocks: number;
  readonly walRecords: number;
  readonly walBytes: number;
}

/** Null: it is none. EXPLAIN gives a list of one, auto_explain the plan itself. */
export function queryPlanOf(json: unknown): QueryPlan | null {
  const given: unknown = Array.isArray(json) ? json[0] : json;
  if (!isRecord(given) || !isNode(given.Plan)) return null;
  const text = given["Query Text"];
  const triggers = Array.isArray(given.Triggers) ? given.Triggers.filter(isRecord) : [];
  return {
    text: typeof text === "string" ? text : null,
    root: withoutZeros(given.Plan),
    triggers: triggers.map(triggerOf),
  };
}

/**
 * What auto_explain sends as a message: a line in the server's language, then the plan. Told by what
 * it holds, for the line is translated and its code (00000) is every message's. Null: another message.
 */
export function queryPlanIn(message: string): QueryPlan | null {
  const start = message.indexOf("\n");
  if (message[start + 1] !== "{") return null;
  try {
    return queryPlanOf(JSON.parse(message.slice(start)));
  } catch {
    // Somebody's RAISE INFO that looks like one.
    return null;
  }
}

/** Of the whole statement: its triggers' time is beside the time of the plan's nodes. */
export function statementFigures({ root, triggers }: QueryPlan): PlanFigures {
  const figures = nodeFigures(root);
  const inTriggersUs = triggers.reduce((sum, { timeUs }) => sum + (timeUs ?? 0), 0);
  return { ...figures, timeUs: figures.timeUs + inTriggersUs };
}

/** Of a node with all below it. The server gives rows and times for one of its loops. */
export function nodeFigures(node: PlanNode): PlanFigures {
  const loops = numberIn(node, "Actual Loops");
  return {
    timeUs: numberIn(node, "Actual Total Time") * 1000 * loops,
    rows: rowsOf(node) * loops,
    buffersHit: numberIn(node, "Shared Hit Blocks"),
    buffersRead: numberIn(node, "Shared Read Blocks"),
    buffersDirtied: numberIn(node, "Shared Dirtied Blocks"),
    tempBlocks: numberIn(node, "Temp Read Blocks") + numberIn(node, "Temp Written Blocks"),
    walRecords: numberIn(node, "WAL Records"),
    walBytes: numberIn(node, "WAL Bytes"),
  };
}

/** Without RETURNING a write returns nothing: what it was given is what it wrote. */
function rowsOf(node: PlanNode): number {
  const rows = numberIn(node, "Actual Rows");
  const [source] = node.Plans ?? [];
  const isWrite = node["Node Type"] === "ModifyTable" && source !== undefined;
  if (!isWrite || rows > 0) return rows;
  return numberIn(source, "Actual Rows") * numberIn(source, "Actual Loops");
}

export function sumOfFigures(all: readonly PlanFigures[]): PlanFigures {
  const sum = (name: keyof PlanFigures) => all.reduce((total, one) => total + one[name], 0);
  return {
    timeUs: sum("timeUs"),
    rows: sum("rows"),
    buffersHit: sum("buffersHit"),
    buffersRead: sum("buffersRead"),
    buffersDirtied: sum("buffersDirtied"),
    tempBlocks: sum("tempBlocks"),
    walRecords: sum("walRecords"),
    walBytes: sum("walBytes"),
  };
}

export function textIn(node: PlanNode, field: string): string | null {
  const value = node[field];
  return typeof value === "string" ? value : null;
}

function numberIn(node: PlanNode, field: string): number {
  const value = node[field];
  return typeof value === "number" ? value : 0;
}

/**
 * Most counts of most nodes are zero, and a plan over partitions has dozens of nodes, each with all the
 * columns that it hands up.
 */
function withoutZeros(node: PlanNode): PlanNode {
  const kept = Object.entries(node).filter(
    ([field, value]) => !["Plans", "Output"].includes(field) && value !== false && value !== 0,
  );
  const below = node.Plans === undefined ? {} : { Plans: node.Plans.map(withoutZeros) };
  return { "Node Type": node["Node Type"], ...Object.fromEntries(kept), ...below };
}

function triggerOf(given: Readonly<Record<string, unknown>>): PlanTrigger {
  const { Time: timeMs, Calls: calls, Relation: relation } = given;
  const name = given["Constraint Name"] ?? given["Trigger Name"];
  return {
    name: String(name),
    relation: String(relation),
    calls: Number(calls),
    timeUs: typeof timeMs === "number" ? timeMs * 1000 : null,
  };
}

function isNode(given: unknown): given is PlanNode {
  return isRecord(given) && typeof given["Node Type"] === "string";
}

function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
