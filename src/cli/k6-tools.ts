/** The k6 of a run, which is looked for, or built, before anything else is done. */
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import { k6Binary } from "../engine/k6/binary.ts";
import type { K6Tools } from "../engine/k6/crew.ts";
import type { RunListener } from "../run/listener.ts";
import { packageRoot } from "../server/package-root.ts";
import { home } from "./target.ts";

/** Null: the plan's engine is another one. Rejects with a K6Problem. */
export async function k6Tools(
  { engine, k6 }: Pick<Plan, "engine" | "k6">,
  { phase }: Pick<RunListener, "phase">,
): Promise<K6Tools | null> {
  if (engine !== "k6") return null;
  const { path, version } = await k6Binary({
    named: k6,
    module: join(packageRoot(), "k6"),
    cache: join(home(), "k6"),
    onBuilding: () => phase("building k6 with Go: a minute or two, once"),
  });
  return { path, version, modules: join(packageRoot(), "dist", "k6") };
}
