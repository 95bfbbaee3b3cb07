/** `loadgen doctor`: machine, server, privileges and residue, before anybody relies on them. */
import { type ExitCode, exitCodes } from "../../core/verdict.ts";
import { ownConnections } from "../../run/checks.ts";
import { K6Problem } from "../../engine/k6/binary.ts";
import { restoreCommand } from "../../faults/journal.ts";
import { entriesElsewhere, pendingEntries } from "../../run/faults/restore.ts";
import { examine } from "../../server/doctor.ts";
import type { Check } from "../../server/doctor-checks.ts";
import { k6AtHand } from "../k6-tools.ts";
import { journalFolder, namedAddress, target } from "../target.ts";
import { wholeNumber } from "../option-values.ts";
import { UsageError } from "../problems.ts";
import { elsewhereText } from "./chaos.ts";

/** What one call of the original InsertReferences takes, over 16 partitions and their indexes. */
const locksPerTransaction = 130;

export async function doctor(options: { url?: string; sessions: string }): Promise<ExitCode> {
  const parsed = wholeNumber(1).safeParse(options.sessions);
  if (!parsed.success)
    throw new UsageError([`--sessions: ${parsed.error.issues[0]?.message ?? ""}`]);
  const sessions = parsed.data;
  const named = namedAddress(options.url);
  const { address, description } = await target(named);
  const checks = [
    ...(await examine(address, {
      sessions,
      connections: sessions + ownConnections,
      locksPerTransaction,
    })),
    await residueCheck(named?.display ?? null, address),
    await k6Check(),
  ];
  process.stdout.write(
    `${description}, for ${sessions} sessions\n${checks.map(line).join("\n")}\n`,
  );
  return checks.some((check) => check.ok === false) ? exitCodes.server : exitCodes.pass;
}

async function residueCheck(
  server: string | null,
  address: Parameters<typeof examine>[0],
): Promise<Check> {
  const scope = { journalFolder: journalFolder(), server, address };
  const here = await pendingEntries(scope);
  const elsewhere = await entriesElsewhere(scope, here);
  const entries = [...here, ...elsewhere];
  return {
    name: "faults left behind",
    ok: entries.length === 0,
    found: entries.map((entry) => `${entry.fault} in ${entry.database}`).join(", ") || "none",
    needed: "none",
    hint: [
      ...(here.length === 0 ? [] : [`undo them with ${restoreCommand(server)}`]),
      ...elsewhere.map(elsewhereText),
    ].join("\n      "),
  };
}

/** Whoever runs on pg alone needs none, so that none is no failure. */
async function k6Check(): Promise<Check> {
  const needed = "for --engine k6";
  try {
    const built = await k6AtHand();
    const found = built?.version ?? "not built yet, and Go is there to build it";
    return { name: "k6", ok: true, found, needed, hint: "" };
  } catch (error) {
    if (!(error instanceof K6Problem)) throw error;
    return { name: "k6", ok: null, found: "not to be had", needed, hint: error.message };
  }
}

function line({ name, ok, found, needed, hint }: Check): string {
  const mark = ok === null ? "?" : ok ? "✓" : "✗";
  const want = ok === true || needed === found ? "" : ` (needed: ${needed})`;
  return `  ${mark} ${name}: ${found}${want}${hint === "" || ok === true ? "" : `\n      ${hint}`}`;
}
