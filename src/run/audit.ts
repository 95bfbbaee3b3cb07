/** Asks the database, after the sessions are gone, whether what must hold in it still holds. */
import { counted } from "../core/counted.ts";
import type { LastWrite } from "../core/last-writes.ts";
import type { Plan } from "../core/plan.ts";
import type { Scalar } from "../core/step.ts";
import type { Registers, System } from "../core/system.ts";
import type { CrewReport } from "../engine/crew.ts";
import type { Fault } from "../faults/fault.ts";
import { LastWriteCheck, lastWriteName, resolved, type Value } from "../invariants/last-write.ts";
import { type LedgerResult, nothingLostName } from "../invariants/ledger.ts";
import { checkNoRows, type InvariantResult } from "../invariants/no-rows.ts";
import type { Address } from "../server/address.ts";
import { Connection, ServerError } from "../server/connection.ts";
import { withParameters } from "../server/sql-parameters.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import { checkIndexes, hasCrashed, indexesIntactName } from "./index-check.ts";
import { checkLedger } from "./ledger.ts";

export interface Audited {
  readonly invariants: readonly InvariantResult[];
  /** Null: the run kept none, or it could not be read. */
  readonly ledger: LedgerResult | null;
  /** What could not be asked, and why; sentences. */
  readonly doubts: readonly string[];
}

interface Subject {
  readonly system: System | null;
  readonly plan: Plan;
  /** What the sessions know of what they did. */
  readonly known: Pick<CrewReport, "fates" | "lastWrites" | "untoldSessions">;
  /** Of the faults: whether one of them was a crash. */
  readonly courses: readonly FaultCourse[];
}

/** Of all that will be checked after the run of a plan, if the server can be asked then. */
export function invariantNames({
  system,
  plan: { fixture, ledger },
  faults,
}: Pick<Subject, "system" | "plan"> & { readonly faults: readonly Fault[] }): readonly string[] {
  return [
    ...(ledger ? [nothingLostName] : []),
    ...(fixture === null || system === null || system.registers === null ? [] : [lastWriteName]),
    ...(fixture === null || system === null ? [] : system.invariants.map(({ name }) => name)),
    ...(faults.some(({ crashes }) => crashes === true) ? [indexesIntactName] : []),
  ];
}

export async function audit(subject: Subject, address: Address): Promise<Audited> {
  const questions = new Questions(address);
  const { fates, untoldSessions } = subject.known;
  const check =
    fates === null || untoldSessions > 0
      ? null
      : await questions.ask("its ledger", (connection) => checkLedger(connection, fates));
  const ledger = check?.end() ?? null;
  const asked = [
    fates === null || untoldSessions === 0 ? null : untold(nothingLostName, subject.known),
    ...(await systemInvariants(subject, check?.committedUnknown() ?? null, questions)),
    ...(hasCrashed(subject.courses) ? [await questions.ask("its indexes", checkIndexes)] : []),
  ];
  return {
    invariants: [ledger?.invariant ?? null, ...asked].filter((one) => one !== null),
    ledger: ledger?.result ?? null,
    doubts: questions.doubts(),
  };
}

/** Each by itself, on a connection of its own: one that fails takes nothing with it that another found. */
class Questions {
  readonly #address: Address;
  /** What could not be asked, by why. */
  readonly #failed = new Map<string, string[]>();

  constructor(address: Address) {
    this.#address = address;
  }

  /** Null if it could not be asked, which is a doubt then. */
  async ask<T>(what: string, question: (connection: Connection) => Promise<T>): Promise<T | null> {
    try {
      return await Connection.use(this.#address, "loadgen/audit", question);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const others = this.#failed.get(error.message) ?? [];
      this.#failed.set(error.message, [...others, what]);
      return null;
    }
  }

  doubts(): readonly string[] {
    return [...this.#failed].map(
      ([why, what]) => `after the run the server could not be asked for ${what.join(", ")}: ${why}`,
    );
  }
}

/** Nothing to ask in a database whose data loadgen did not load: only its own it knows. */
async function systemInvariants(
  { system, plan: { fixture }, known }: Subject,
  committedUnknown: ReadonlySet<string> | null,
  questions: Questions,
): Promise<readonly (InvariantResult | null)[]> {
  if (system === null || fixture === null) return [];
  const { registers, invariants, audited } = system;
  const { writes, keysLeftOut } = known.lastWrites;
  const left = resolved(writes, committedUnknown);
  const results: (InvariantResult | null)[] = [];
  if (registers !== null && known.untoldSessions > 0) results.push(untold(lastWriteName, known));
  else if (registers !== null) {
    const held = { registers, leftOut: keysLeftOut.length };
    results.push(
      await questions.ask(lastWriteName, (connection) =>
        lastWriteInvariant(held, left, connection),
      ),
    );
  }
  const values = registers === null ? [] : [left.map(({ key }) => key)];
  const asking = (connection: Connection) => (sql: string) =>
    connection.query(withParameters(sql, fixture), values);
  const looked = await questions.ask("what invariants look at", async (connection) => {
    const [row] = await asking(connection)(audited.count);
    return counted(Number(row?.count), audited.noun);
  });
  for (const invariant of invariants) {
    results.push(
      await questions.ask(invariant.name, (connection) =>
        checkNoRows(invariant, looked ?? "nobody knows how many", asking(connection)),
      ),
    );
  }
  return results;
}

/** What is held against what sessions know cannot be, where some of them left without a word. */
function untold(name: string, { untoldSessions }: Subject["known"]): InvariantResult {
  const evidence = `${counted(untoldSessions, "session")} left no result, so nobody knows all that was written`;
  return { name, ok: null, evidence };
}

/** Their values in memory at a time, some megabytes. */
const keysAtOnce = 5_000;

async function lastWriteInvariant(
  { registers, leftOut }: { readonly registers: Registers; readonly leftOut: number },
  lastWrites: readonly LastWrite[],
  connection: Connection,
): Promise<InvariantResult | null> {
  const check = new LastWriteCheck(registers, leftOut);
  for (let start = 0; start < lastWrites.length; start += keysAtOnce) {
    const asked = lastWrites.slice(start, start + keysAtOnce);
    const rows = await connection.query(registers.values, [asked.map(({ key }) => key)]);
    const values = new Map(rows.map(({ key, value }) => [key, valueOf(value ?? null)]));
    for (const one of asked) check.saw(one, values.get(one.key) ?? null);
  }
  return check.end();
}

function valueOf(text: Scalar): Value {
  return text === null ? null : (JSON.parse(String(text)) as Value);
}
