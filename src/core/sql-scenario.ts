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
  const [only] = named;
  const scenario = defineScenario({
    name,
    summary: `the statements of ${name}.sql`,
    system: null,
    operations: [name],
    defaults: { sessions: 1, thinkMs: [0, 0] },
    options: {},
    retry: defaultRetry,
    thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },
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
          // A single statement is a transaction by itself, as in pgbench.
          named.length === 1 && !explicit && only !== undefined
            ? alone(context, only.statement, ...valuesOf(only))
            : atomically(context, () => inTurn(named, valuesOf)),
      };
    },
  });
  return parsed(scenario);
}

function* inTurn(
  statements: readonly NamedStatement[],
  valuesOf: (one: ScriptStatement) => readonly (number | null)[],
): Transaction {
  for (const one of statements) yield* execute(one.statement, ...valuesOf(one));
}
