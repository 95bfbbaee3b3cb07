/** A scenario made of a plain .sql file: its statements are one transaction. */
import { type Parsed, parsed } from "./parsed.ts";
import { defaultRetry } from "./retry.ts";
import { defineScenario, type Scenario } from "./scenario.ts";
import { parseSqlScript, type ScriptStatement } from "./sql-script.ts";
import { type Statement, statement } from "./step.ts";
import { alone, atomically, execute, type Transaction } from "./transaction.ts";

/** A statement of the file, under a name of its own. */
interface NamedStatement extends ScriptStatement {
  readonly statement: Statement;
}

/** `name`: the scenario's and its only operation's. */
export function sqlScenario(name: string, text: string): Parsed<Scenario> {
  const script = parseSqlScript(text);
  if (!script.ok) return script;
  const { variables, statements, explicit } = script.value;
  const named = statements.map((one, index) => ({
    ...one,
    statement: statement(`${name}-${index + 1}`, one.sql),
  }));
  const [first] = named;
  // A single statement is a transaction by itself, as in pgbench.
  const only = named.length === 1 && !explicit ? first : undefined;
  const scenario = defineScenario({
    name,
    summary: `the statements of ${name}.sql`,
    system: null,
    operations: [name],
    defaults: { sessions: 1, thinkMs: [0, 0] },
    options: {},
    retry: defaultRetry,
    thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
    ...ledgerProblemOf(only),
    *prepare() {},
    draw(random, _world, context) {
      const values = new Map(
        variables.map(({ name: key, min, max }) => [key, random.between(min, max)]),
      );
      const valuesOf = (one: ScriptStatement) =>
        one.variables.map((key) => values.get(key) ?? null);
      return {
        operation: name,
        inputs: [...values.values()],
        steps: () =>
          only !== undefined
            ? alone(context, only.statement, ...valuesOf(only))
            : atomically(context, () => inTurn(named, valuesOf)),
      };
    },
  });
  return parsed(scenario);
}

/** What may commit by itself (manual, section 43.8, for CALL and DO), or not inside BEGIN at all. */
function ledgerProblemOf(only: ScriptStatement | undefined): Pick<Scenario, "ledgerProblem"> {
  const [, word] = /^(call|do|vacuum)\b/i.exec(only?.sql ?? "") ?? [];
  if (word === undefined) return {};
  const lone = `a lone ${word.toUpperCase()} may end transactions by itself`;
  return { ledgerProblem: `${lone}: put it between BEGIN and COMMIT if it does not` };
}

function* inTurn(
  statements: readonly NamedStatement[],
  valuesOf: (one: ScriptStatement) => readonly (number | null)[],
): Transaction {
  for (const one of statements) yield* execute(one.statement, ...valuesOf(one));
}
