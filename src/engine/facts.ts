/** What drove a run's sessions, in words: without it nobody can hold its figures against another's. */
import { createRequire } from "node:module";
import type { Plan } from "../core/plan.ts";
import type { Dialect } from "./dialect.ts";

export interface EngineFacts {
  readonly name: Plan["engine"];
  readonly version: string;
  /** With its version. */
  readonly driver: string;
  /** How statements with parameters are sent. */
  readonly protocol: string;
  /** That times are taken by. */
  readonly clock: string;
}

/** Of the engine pg. */
export function pgFacts({ driver }: Pick<Plan, "driver">, { prepared }: Dialect): EngineFacts {
  const require = createRequire(import.meta.url);
  const { version } = require("pg/package.json") as { readonly version: string };
  return {
    name: "pg",
    version: `Node.js ${process.versions.node}`,
    driver: `${driver === "lean" ? "lean, on pg" : "pg"} ${version}`,
    protocol: `extended, ${prepared === "named" ? "named prepared" : "unnamed"} statements`,
    clock: "performance.now()",
  };
}

/** Of the engine k6, by what its binary says of itself. */
export function k6Facts(binary: Pick<EngineFacts, "version" | "driver">): EngineFacts {
  return {
    name: "k6",
    version: binary.version,
    driver: binary.driver,
    protocol:
      "extended, unnamed statements, one round trip (binary_parameters); simple where there are no parameters",
    clock: "wall clock of k6 (currentTestRunDuration), not monotonic",
  };
}
