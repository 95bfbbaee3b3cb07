/** Places where sessions are, in words: whoever names a cause and whoever draws a table say the same. */
import type { Part } from "./parts.ts";

type Place = Pick<Part, "kind" | "name" | "isWaiting">;

/**
 * What a session in this place is doing, as in "75 % of the time waiting for a connection of the pool".
 * Of kind "network" is what the client counts and the server does not see, wherever it is spent.
 */
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
      return "on the network, in the driver or in the generator";
    case "generator":
      return "held back between the generator and the server";
    case "other":
      return `waiting for something else${inBrackets(name)}`;
  }
}

/** Such as " (WALSync)". */
export function inBrackets(name: string | null): string {
  return isKnown(name) ? ` (${name})` : "";
}

/** The observers say "unknown" of a relation that they could not see. */
export function isKnown(name: string | null): name is string {
  return name !== null && name !== "unknown";
}
