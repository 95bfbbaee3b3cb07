/** Places where sessions are, and what limits them, in words: in tables, sentences and legends alike. */
import type { LimitedBy } from "../scaling/limit.ts";
import type { Part, Queue } from "../scaling/parts.ts";

type Place = Pick<Part, "kind" | "name" | "isWaiting">;

/** What a session in this place is doing, as in "75 % of the time waiting for a connection of the pool". */
export function partWords({ kind, name, isWaiting }: Place): string {
  switch (kind) {
    case "pool":
      return "waiting for a connection of the pool";
    case "service-gate":
      return `${isWaiting ? "waiting at" : "inside"} the service's gate ${name ?? ""}`.trimEnd();
    case "service":
      return "at work in the modelled service";
    case "lock":
      return `waiting for a lock${isKnown(name) ? ` on ${name}` : ""}`;
    case "internal-lock":
      return `waiting for an internal lock${inBrackets(name)}`;
    case "cpu":
      return isWaiting ? "waiting for a core of the server" : "running on the server";
    case "io":
      return `waiting for the server's disk${inBrackets(name)}`;
    case "client":
      return "in an open transaction, the client's turn";
    case "network":
      return "on the way between client and server";
    case "generator":
      return "held back between the generator and the server";
    case "other":
      return `waiting for something else${inBrackets(name)}`;
  }
}

/** The same, short enough for a table. */
export function placeName({ kind, name }: Pick<Part, "kind" | "name">): string {
  switch (kind) {
    case "pool":
    case "service":
    case "client":
    case "network":
    case "generator":
    case "cpu":
      return kind;
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
      return "the network, or whatever is between client and server";
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

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function inBrackets(name: string | null): string {
  return isKnown(name) ? ` (${name})` : "";
}

/** The observers say "unknown" of a relation that they could not see. */
function isKnown(name: string | null): name is string {
  return name !== null && name !== "unknown";
}
