/** The k6 of a run, which is looked for, or built, before anything else is done. */
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import { builtK6, type K6Binary, k6Binary } from "../engine/k6/binary.ts";
import type { K6Tools } from "../engine/k6/crew.ts";
import { packageRoot } from "../server/package-root.ts";
import { home } from "./target.ts";

/** Null: the plan's engine is another one. Rejects with a K6Problem. */
export async function k6Tools(
  { engine, k6 }: Pick<Plan, "engine" | "k6">,
  tell: (text: string) => void,
): Promise<K6Tools | null> {
  if (engine !== "k6") return null;
  return { ...(await foundK6(k6, tell)), modules: k6Modules() };
}

/** The one that is named, else our own. Rejects with a K6Problem. */
export function foundK6(named: string | null, tell: (text: string) => void): Promise<K6Binary> {
  return k6Binary({
    named,
    ...ownK6(),
    onBuilding: () => tell("building k6 with Go: a minute or two, once"),
  });
}

/** Our own, if it was built; null: Go is there to build it. Rejects with a K6Problem. */
export function k6AtHand(): Promise<K6Binary | null> {
  return builtK6(ownK6());
}

/** What it is built from, and where it is kept. */
function ownK6(): { readonly module: string; readonly cache: string } {
  return { module: join(packageRoot(), "k6"), cache: join(home(), "k6") };
}

/** What bundles for k6 are made of. */
export function k6Modules(): string {
  return join(packageRoot(), "dist", "k6");
}
