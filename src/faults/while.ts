/**
 * while: a side task of the user's own, as --while gives it: statements that are performed while the
 * load goes on.
 *
 * What it does: sends each statement on its own, one after the other, on one connection, and stops at
 * the first that fails, as psql does with ON_ERROR_STOP. Each is a transaction of its own (REINDEX
 * CONCURRENTLY and VACUUM ask for that) unless BEGIN and COMMIT are among them.
 * Why it works: it is what an administrator does on a busy day; what that costs the sessions shows in
 * its window, which ends when it ends.
 * What proves it: all statements came to their end, and no transaction is open after the last. One that
 * failed, or was not done when the run ended (and was cancelled then), leaves nothing shown of the load
 * beside it: exit code 95.
 * What it leaves behind: what the statements leave; nothing of that is undone. An index that REINDEX or
 * CREATE INDEX CONCURRENTLY left invalid is named, after a kill -9 by `loadgen chaos restore`; it is the
 * user's to drop.
 * Privileges: what the statements need. Blast radius: database, as far as the statements go no further.
 * Managed servers: works on all.
 */
import { counted } from "../core/counted.ts";
import { sqlStatements } from "../core/sql-statements.ts";
import { sqlTokens } from "../core/sql-tokens.ts";
import type { Fault, FaultTarget } from "./fault.ts";
import { beginTask, endLeftAtWork, proofOfTask } from "./task.ts";

export const sideTask: Fault = {
  name: "while",
  summary: "statements of the user's own, while the load goes on",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  endsByItself: true,
  // Its one parameter, `sql`, is made by --while alone.
  parameters: {},

  // What is wrong with the statements, the server says when they come.
  check: () => Promise.resolve([]),

  undo: {
    async prepare({ target }) {
      return { invalid: (await invalidIndexes(target)).join("\n") };
    },
    perform: ({ target }) => endLeftAtWork(target, "while"),
    async left({ target }, { invalid = "" }) {
      const before = typeof invalid === "string" ? invalid.split("\n") : [];
      const names = await newInvalid(target, before);
      return names === "" ? "" : leftWords(names);
    },
  },

  async inject(context, { sql }) {
    const statements = statementsOf(String(sql));
    const before = await invalidIndexes(context.target);
    let done = 0;
    return beginTask(context, {
      name: "while",
      async work(connection) {
        for (const statement of statements) {
          await connection.query(statement).catch((error: unknown) => {
            throw withoutLiterals(error, statement);
          });
          done++;
        }
        await expectNoTransaction(connection);
      },
      figures: () => Promise.resolve({ statements: statements.length, statementsDone: done }),
      async afterwards() {
        return { invalid: await newInvalid(context.target, before) };
      },
    });
  },

  prove({ figures }) {
    const { statements = 0, statementsDone = 0, invalid = "" } = figures;
    const left = invalid === "" ? "" : `, and ${leftWords(String(invalid))}`;
    const details = `${statementsDone} of ${counted(Number(statements), "statement")} performed${left}`;
    return proofOfTask(figures, { shown: true, details });
  },
};

function statementsOf(sql: string): readonly string[] {
  const read = sqlStatements(sql);
  if (!read.ok) throw new Error(read.problems.join("; "));
  return read.value;
}

const noTransaction = "25P01";

/** Where there is none, none can have a savepoint. An open one is rolled back with its connection. */
async function expectNoTransaction(connection: FaultTarget): Promise<void> {
  try {
    await connection.query("savepoint loadgen_open");
  } catch (error) {
    if ((error as { code?: string }).code === noTransaction) return;
    throw error;
  }
  throw new Error("left a transaction open, nothing of it was committed");
}

/** The server quotes what it could not read, which may be a password. */
function withoutLiterals(error: unknown, statement: string): Error {
  const { code = "", cause, message } = error as { code?: string } & Error;
  const words = sqlTokens(statement)
    .flatMap(({ text }) => /^[eE]?'([^]*)'$/.exec(text)?.[1] ?? [])
    .filter((literal) => literal !== "")
    .reduce(
      (shown, literal) => shown.replaceAll(`"${literal}"`, '"…"').replaceAll(`'${literal}'`, "'…'"),
      cause instanceof Error ? cause.message : message,
    );
  return Object.assign(new Error(words), { code });
}

function leftWords(names: string): string {
  return `left behind invalid what is to be dropped: ${names}`;
}

async function newInvalid(target: FaultTarget, before: readonly string[]): Promise<string> {
  const invalid = await invalidIndexes(target);
  return invalid.filter((name) => !before.includes(name)).join(", ");
}

async function invalidIndexes(target: FaultTarget): Promise<readonly string[]> {
  const rows = await target.query(
    `select indexrelid::regclass::text as name from pg_catalog.pg_index
     where not indisvalid order by 1`,
  );
  return rows.map(({ name }) => String(name));
}
