/** What sessions may say to a server, given what stands between them and it. */
export interface Dialect {
  /**
   * - `named`: a statement with parameters is parsed once on each connection, and kept under a name.
   * - `unnamed`: it is parsed each time, in one message with what binds and executes it, for what is
   *   kept on a connection is not there on the next one that a pooler lends.
   */
  readonly prepared: Prepared;
  /**
   * Timeouts and isolation are asked for as a connection starts. Where that is false the server's
   * connections have them from whoever opens them.
   */
  readonly settingsAtStart: boolean;
}

export type Prepared = "named" | "unnamed";

/** Where nothing but the network is in between. */
export const plainDialect: Dialect = Object.freeze({ prepared: "named", settingsAtStart: true });
