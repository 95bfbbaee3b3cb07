/** What a lean connection is asked, and what it is at work on: one question at a time. */
import type { Row } from "../../core/step.ts";
import type { Farewell } from "../farewell.ts";
import { commitRolledBack, type SentStep } from "../statements.ts";
import type { PreparedStatement } from "./messages.ts";
import type { Reply } from "./reply.ts";
import type { StepContext } from "./session-connection.ts";

export interface Question {
  /** Null: a statement of the connection's own. */
  readonly step: SentStep | null;
  readonly context: StepContext | null;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (failure: unknown) => void;
}

/** A question that was sent, and what has come of it so far. */
export interface Asked {
  readonly question: Question;
  readonly committing: boolean;
  readonly startMs: number;
  readonly reply: Reply;
  /** Not null until the server has prepared and described it; then it is executed. */
  preparing: PreparedStatement | null;
  /** What is sent when the server asks for rows. */
  rows: Buffer;
  refusal: Farewell | null;
}

/** Gives its answer to whoever asked, once the server was done without an error. */
export function settle({ question, reply, startMs }: Asked): void {
  const { step, context, resolve, reject } = question;
  if (step?.kind === "commit" && !reply.isCommitted) {
    reject(commitRolledBack());
    return;
  }
  if (step?.kind === "query" || step?.kind === "execute" || step?.kind === "copy") {
    context?.onStatement(step.statement.name, (performance.now() - startMs) * 1000);
  }
  resolve(reply.rows);
}
