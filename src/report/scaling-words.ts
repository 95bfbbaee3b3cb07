/** Places where sessions are, and what limits them, in words: in tables, sentences and legends alike. */
import { percent } from "../scaling/figures.ts";
import type { LimitedBy } from "../scaling/limit.ts";
import type { Part, Queue } from "../scaling/parts.ts";
import { inBrackets, isKnown, partWords } from "../scaling/place-words.ts";

/** The same, short enough for a table. */
export function placeName({ kind, name }: Pick<Part, "kind" | "name">): string {
  switch (kind) {
    case "pool":
    case "service":
    case "client":
    case "generator":
    case "cpu":
      return kind;
    case "network":
      return "network, driver";
    case "service-gate":
      return `gate ${name ?? ""}`.trimEnd();
    case "lock":
      return isKnown(name) ? `lock ${name}` : "lock";
    case "internal-lock":
    case "io":
    case "other":
      return name ?? kind;
  }
}

/** Where the queue forms, as in "pool: 50 % of the time …"; or that there is none. */
export function queueWords({ kind, name, share }: Queue): string {
  if (kind === "none") return "nowhere: no place has a queue";
  if (kind === "unknown") return "not known";
  return `${kind}: ${percent(share)} of the time ${partWords({ kind, name, isWaiting: true })}`;
}

export function queueName(queue: Pick<Queue, "kind" | "name">): string {
  const { kind, name } = queue;
  return kind === "none" || kind === "unknown" ? "–" : placeName({ kind, name });
}

/** As in "limited by …". */
export function limitWords({ kind, name, suspected }: Limit): string {
  switch (kind) {
    case "pool":
      return "the pool of connections";
    case "lock":
      return `locks between sessions${isKnown(name) ? ` on ${name}` : ""}`;
    case "internal-lock":
      return `internal locks of the server${inBrackets(name)}`;
    case "cpu":
      return "the CPU of the server's machine";
    case "io":
      return `the server's disk${inBrackets(name)}`;
    case "network":
      return "what the server does not see: the network, the driver or the generator";
    case "service-gate":
      return `the service's gate ${name ?? ""}`.trimEnd();
    case "generator":
      return "the load generator, not the server";
    case "mixed":
      return "more than one resource at a time (mixed)";
    case "none":
      return "nothing that was found at its limit";
    case "unknown":
      return `something not shown${suspected === null ? "" : `, probably ${suspected}`}`;
  }
}

type Limit = Pick<LimitedBy, "kind" | "name" | "suspected">;
