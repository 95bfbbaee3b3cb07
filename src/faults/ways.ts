/**
 * What may stand between the sessions and the server, put there before they connect, and what a
 * fault may do to it: a proxy that understands the protocol's messages, or a PgBouncer.
 */

/** In this order, seen from the session. */
export const ways = ["network", "pooler"] as const;

export type Way = (typeof ways)[number];

export type Direction = "to-server" | "to-client" | "both";

/** What the network does to traffic. One rule of a kind is in force at a time. */
export type NetworkRule =
  | {
      readonly kind: "latency";
      readonly ms: number;
      /** Each chunk takes from `ms - jitterMs` to `ms + jitterMs`, in order. */
      readonly jitterMs: number;
      readonly direction: Direction;
    }
  | {
      /** Of all connections together, in each direction. */
      readonly kind: "bandwidth";
      readonly bytesPerSecond: number;
    }
  /** Connections end with RST: those open now, so many of a hundred. */
  | { readonly kind: "reset"; readonly percent: number }
  /** Nothing passes any more, and nobody is told. */
  | { readonly kind: "half-open"; readonly percent: number }
  /** COMMIT reaches the server, its reply never the client: the connection is cut instead. */
  | { readonly kind: "commit-reply-lost"; readonly percent: number }
  /** COMMIT waits on its way to the server. */
  | { readonly kind: "commit-delay"; readonly ms: number }
  /** The connection is cut once a Parse has passed, before what follows it. */
  | { readonly kind: "parse-cut"; readonly percent: number };

export interface NetworkCounts {
  readonly connections: number;
  /** Chunks or messages that were held up, and for how long in all. */
  readonly delayed: number;
  readonly delayedMs: number;
  /** Connections that were cut or silenced. */
  readonly cut: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

export interface NetworkControl {
  /** In force from now on, for connections that are open, too. */
  apply(rule: NetworkRule): Promise<void>;
  lift(kind: NetworkRule["kind"]): Promise<void>;
  /** Since the proxy was started, by the rule of a kind. */
  counts(kind: NetworkRule["kind"]): Promise<NetworkCounts>;
}

export interface PoolerControl {
  /** At most so many connections to the server; null: as many as before. */
  limitPool(max: number | null): Promise<void>;
  /** By its own console: clients that wait for a connection, and connections to the server. */
  pools(): Promise<{ readonly waiting: number; readonly serverConnections: number }>;
}
