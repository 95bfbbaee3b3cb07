/**
 * What may stand between the sessions and the server, put there before they connect, and what a
 * fault may do to it: a proxy that understands the protocol's messages, or a PgBouncer.
 */

/** In this order, seen from the session. */
export const ways = ["network", "pooler"] as const;

export type Way = (typeof ways)[number];

export const directions = ["to-server", "to-client"] as const;

export type Direction = (typeof directions)[number];

/** What the network does to traffic for as long as it is in force. One rule of a kind is at a time. */
export type NetworkRule =
  | {
      readonly kind: "latency";
      readonly ms: number;
      /** Each chunk takes from `ms - jitterMs` to `ms + jitterMs`; their order stays. */
      readonly jitterMs: number;
      readonly directions: readonly Direction[];
      readonly seed: string;
    }
  /** Of all connections together, in each direction. */
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  /** COMMIT waits on its way to the server. */
  | { readonly kind: "commit-delay"; readonly ms: number }
  /** The connection is cut in place of the server's word that COMMIT is done: so many of a hundred. */
  | { readonly kind: "commit-reply-lost"; readonly percent: number; readonly seed: string }
  /** The connection is cut once a Parse has passed, before what follows it: so many of a hundred. */
  | { readonly kind: "parse-cut"; readonly percent: number; readonly seed: string };

export type RuleKind = NetworkRule["kind"];

/** What a rule did since it was last applied. */
export interface NetworkCounts {
  /** Chunks or messages that it held up, or connections that it cut. */
  readonly hits: number;
  /** For how long it held them up, in all. */
  readonly heldMs: number;
  /** That passed meanwhile, by any connection, in both directions. */
  readonly bytes: number;
}

export interface NetworkConnection {
  readonly id: number;
  /** As the session named itself when it connected; empty where TLS hides it. */
  readonly applicationName: string;
  /** As pg_stat_activity.client_port has it; null: not a connection by TCP, or not there yet. */
  readonly serverPort: number | null;
  /** Since it was silenced: what either side sent in vain. */
  readonly bytesInVain: number;
}

export interface NetworkControl {
  /** In force from now on, for connections that are open, too. */
  apply(rule: NetworkRule): Promise<void>;
  /** What it holds up passes at once. */
  lift(kind: RuleKind): Promise<void>;
  counts(kind: RuleKind): Promise<NetworkCounts>;
  /** Those that are open now, in the order in which they came. */
  connections(): Promise<readonly NetworkConnection[]>;
  /** Ends them with RST, at both sides; with how many of them were still there. */
  reset(ids: readonly number[]): Promise<number>;
  /** Nothing passes on them any more, and nobody is told, until they are reset; with how many there were. */
  silence(ids: readonly number[]): Promise<number>;
}

export interface PoolerControl {
  /** At most so many connections to the server; null: as many as before. */
  limitPool(max: number | null): Promise<void>;
  /** By its own console: clients that wait for a connection, and connections to the server. */
  pools(): Promise<{ readonly waiting: number; readonly serverConnections: number }>;
}
