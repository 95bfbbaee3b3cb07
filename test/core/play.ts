import type { Failure } from "../../src/core/failure.ts";
import type { Row, Step } from "../../src/core/step.ts";
import type { Transaction } from "../../src/core/transaction.ts";

export interface Played<T> {
  /** What was asked, as `begin serializable`, `query NAME`, `pause 5`, `enter GATE`. */
  readonly asked: readonly string[];
  readonly result: T | undefined;
  readonly thrown: unknown;
}

/** Steps a transaction by hand. `answers`: what becomes of a step, by how `asked` shows it; no rows otherwise. */
export function play<T>(
  transaction: Transaction<T>,
  answers: Readonly<Record<string, readonly Row[] | Failure>> = {},
): Played<T> {
  const asked: string[] = [];
  try {
    let turn = transaction.next();
    while (turn.done !== true) {
      const name = nameOf(turn.value);
      asked.push(name);
      const answer = answers[name] ?? [];
      turn = answer instanceof Error ? transaction.throw(answer) : transaction.next(answer);
    }
    return { asked, result: turn.value, thrown: undefined };
  } catch (thrown) {
    return { asked, result: undefined, thrown };
  }
}

function nameOf(step: Step): string {
  switch (step.kind) {
    case "begin":
      return `begin ${step.isolation}`;
    case "query":
    case "execute":
    case "copy":
      return `${step.kind} ${step.statement.name}`;
    case "pause":
      return `pause ${step.ms}`;
    case "enter":
    case "leave":
      return `${step.kind} ${step.gate.name}`;
    case "together":
      return `together ${step.parts.length}`;
    case "recall":
    case "remember":
    case "forget":
      return `${step.kind} ${step.store.name}`;
    case "look-up":
    case "filled":
      return `${step.kind} ${step.cache.name}`;
    case "commit":
    case "rollback":
    case "take-connection":
    case "return-connection":
      return step.kind;
  }
}
