/** Asks the database, after the sessions are gone, whether what must hold in it still holds. */
import type { LastWrite } from "../core/last-writes.ts";
import type { Plan } from "../core/plan.ts";
import type { Scalar } from "../core/step.ts";
import type { Registers, System } from "../core/system.ts";
import type { CrewReport } from "../engine/pg/crew.ts";
import { LastWriteCheck, resolved, type Value } from "../invariants/last-write.ts";
import type { LedgerResult } from "../invariants/ledger.ts";
import { checkNoRows, type InvariantResult } from "../invariants/no-rows.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { withParameters } from "../server/sql-parameters.ts";
import { checkLedger } from "./ledger.ts";

export interface Audited {
  readonly invariants: readonly InvariantResult[];
  /** Null: the run kept none. */
  readonly ledger: LedgerResult | null;
}

interface Subject {
  readonly system: System | null;
  readonly plan: Plan;
  /** What the sessions know of what they did. */
  readonly known: Pick<CrewReport, "fates" | "lastWrites">;
}

export async function audit(subject: Subject, address: Address): Promise<Audited> {
  return Connection.use(address, "loadgen/audit", async (connection) => {
    const { fates } = subject.known;
    const check = fates === null ? null : await checkLedger(connection, fates);
    const ledger = check?.end() ?? null;
    const invariants = await systemInvariants(
      subject,
      check?.committedUnknown() ?? null,
      connection,
    );
    const nothingLost = ledger?.invariant ?? null;
    return {
      invariants: nothingLost === null ? invariants : [nothingLost, ...invariants],
      ledger: ledger?.result ?? null,
    };
  });
}

/** Nothing to ask in a database whose data loadgen did not load: only its own it knows. */
async function systemInvariants(
  { system, plan: { fixture }, known }: Subject,
  committedUnknown: ReadonlySet<string> | null,
  connection: Connection,
): Promise<readonly InvariantResult[]> {
  if (system === null || fixture === null) return [];
  const results: InvariantResult[] = [];
  const last = await lastWriteInvariant(
    system.registers,
    resolved(known.lastWrites, committedUnknown),
    connection,
  );
  if (last !== null) results.push(last);
  for (const invariant of system.invariants) {
    results.push(
      await checkNoRows(invariant, fixture, (sql) => connection.query(sql), withParameters),
    );
  }
  return results;
}

/** Their values in memory at a time, some megabytes. */
const keysAtOnce = 5_000;

async function lastWriteInvariant(
  registers: Registers | null,
  lastWrites: readonly LastWrite[],
  connection: Connection,
): Promise<InvariantResult | null> {
  if (registers === null) return null;
  const check = new LastWriteCheck(registers);
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
