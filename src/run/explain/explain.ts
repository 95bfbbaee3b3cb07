/**
 * Explains each operation of a run before its first session connects and after its last one is gone:
 * one transaction each, the same both times, so that plans differ by what became of the data and its
 * statistics alone. Nothing is changed, and nothing that goes wrong here is the run's trouble.
 */
import { Failure } from "../../core/failure.ts";
import type { Plan } from "../../core/plan.ts";
import { namedStream } from "../../core/random.ts";
import type { Scenario } from "../../core/scenario.ts";
import { prepareWorld } from "../../engine/pg/preparation.ts";
import type { Address } from "../../server/address.ts";
import { Connection, ServerError } from "../../server/connection.ts";
import { withAutoExplain } from "./auto-explain.ts";
import { awaitCounted, partitionRoots, sequences } from "./explain-server.ts";
import { contextOf } from "../context.ts";
import { type DrawnOperation, ExplainSession } from "./explain-session.ts";
import {
  type Explained,
  type ExplainedOperation,
  type ExplainPass,
  type ExplainSummary,
  explainSummary,
} from "./explained.ts";
import type { RunListener } from "../listener.ts";
import type { RunFolder } from "../store.ts";

interface ExplainOptions {
  readonly plan: Plan;
  readonly scenario: Scenario;
  /** The run's database. */
  readonly address: Address;
  readonly folder: Pick<RunFolder, "writeJson">;
  readonly listener: Pick<RunListener, "phase" | "note">;
}

export const explainFile = "explain.json";

/** Whatever is not drawn by then comes less often than once in hundreds. */
const drawsMax = 2_000;

/** More than this nobody waits beside a run; what was not explained by then is named. */
const passMsMax = 10_000;

export class Explaining {
  readonly #options: ExplainOptions;
  readonly #drawn: readonly DrawnOperation[];
  readonly #before: ExplainPass | null;

  private constructor(
    options: ExplainOptions,
    drawn: readonly DrawnOperation[],
    before: ExplainPass | null,
  ) {
    this.#options = options;
    this.#drawn = drawn;
    this.#before = before;
  }

  /** Before the counters are read: what is done here is not in them. Null: nobody asked for it. */
  static async before(options: ExplainOptions): Promise<Explaining | null> {
    if (!options.plan.explain) return null;
    options.listener.phase("explaining each operation");
    let drawn: readonly DrawnOperation[] = [];
    const before = await noted(options, async () => {
      drawn = await drawEach(options);
      return pass(options, drawn);
    });
    return new Explaining(options, drawn, before);
  }

  /** After all that is read and audited. */
  async after(): Promise<ExplainSummary> {
    const { folder, listener, scenario } = this.#options;
    const before = this.#before;
    listener.phase("explaining each operation again");
    const after =
      before === null ? null : await noted(this.#options, () => pass(this.#options, this.#drawn));
    const explained: Explained = { schema: "loadgen.explain/1", before, after };
    await folder.writeJson(explainFile, explained);
    return explainSummary(scenario.operations, explained);
  }
}

/** Null, and a note, where the server or the scenario refuses. */
async function noted<T>({ listener }: ExplainOptions, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServerError) && !(error instanceof Failure)) throw error;
    listener.note(`the operations' plans are not known: ${error.message}`);
    return null;
  }
}

/** Of each operation the first that comes, from a stream of its own. */
async function drawEach({ plan, scenario, address }: ExplainOptions) {
  const context = contextOf(plan);
  const world = await prepareWorld(scenario, context, address);
  const drawn = new Map<string, DrawnOperation>();
  for (let number = 0; number < drawsMax && drawn.size < scenario.operations.length; number++) {
    // Only what is performed is kept: what it writes may hold on to the whole world.
    const { operation, steps } = scenario.draw(
      namedStream(plan.seed, "explain", number),
      world,
      context,
      number % plan.sessions,
    );
    if (!drawn.has(operation)) drawn.set(operation, { operation, steps });
  }
  return [...drawn.values()];
}

async function pass(
  options: ExplainOptions,
  drawn: readonly DrawnOperation[],
): Promise<ExplainPass> {
  const { plan, scenario, address } = options;
  const takenAt = new Date().toISOString();
  const startMs = performance.now();
  const found = await Connection.use(address, applicationName, async (own) => {
    for (const sql of timeouts(plan)) await own.query(sql);
    const roots = await partitionRoots(own);
    const counting = await sequences(own);
    const way = await withAutoExplain(own);
    const session = new ExplainSession(own, { plan, way, roots });
    const operations: Record<string, ExplainedOperation> = {};
    for (const operation of scenario.operations) {
      const one = drawn.find((planned) => planned.operation === operation);
      if (one === undefined) operations[operation] = nothing(`not one in ${drawsMax} is of it`);
      else if (performance.now() - startMs > passMsMax) operations[operation] = nothing(tooLate);
      else operations[operation] = await session.explain(one);
    }
    // In a database that is somebody's nothing was counted: it was read only.
    if (!plan.existing) await counting.restore();
    return { way, operations };
  });
  await awaitCounted(address, applicationName);
  const tookMs = Math.round(performance.now() - startMs);
  return { takenAt, tookMs, isReadOnly: plan.existing, ...found };
}

const applicationName = "loadgen/explain";

const tooLate = `explaining the others took ${passMsMax / 1000} s already`;

function nothing(problem: string): ExplainedOperation {
  return { statements: [], problem };
}

/** No longer than the sessions' own, and than anybody waits. */
function timeouts({ statementTimeoutMs, lockTimeoutMs }: Plan): readonly string[] {
  const atMost = (ms: number) => (ms === 0 ? passMsMax : Math.min(ms, passMsMax));
  return [
    `set statement_timeout = ${atMost(statementTimeoutMs)}`,
    `set lock_timeout = ${atMost(lockTimeoutMs)}`,
  ];
}
