/** What a scenario of your own imports: `import { atomically, defineScenario, … } from "loadgen"`. */
export { Failure, refuse } from "./core/failure.ts";
export type { Random } from "./core/random.ts";
export { defaultRetry, type RetryPolicy } from "./core/retry.ts";
export {
  type Context,
  defineScenario,
  type Fix,
  type Planned,
  type Scenario,
  type ScenarioOptions,
  type Write,
} from "./core/scenario.ts";
export { connected, fill, inside, lookUp, pass } from "./core/service.ts";
export {
  type Cache,
  type CacheState,
  type Gate,
  type Isolation,
  type Parameter,
  type Row,
  type Statement,
  statement,
} from "./core/step.ts";
export {
  alone,
  atomically,
  execute,
  guarded,
  query,
  queryOne,
  type Transaction,
} from "./core/transaction.ts";
