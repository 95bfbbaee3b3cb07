/**
 * Hears the server's notifications, by which stores drop what is out of date (manual, NOTIFY: they
 * come once the transaction has committed, and only to whoever listens by then). While the connection
 * is gone some may be missed: until there is another one, its stores hold nothing.
 */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Store } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { Connection } from "../../server/connection.ts";
import type { Stores } from "../stores.ts";

/** Beside sessions, and none of them. */
const applicationName = "loadgen/listener";

const retryMs = 100;

interface Heard extends Store {
  readonly channel: string;
}

export class StoreEar {
  readonly #address: Address;
  readonly #stores: Stores;
  readonly #heard: readonly Heard[];
  readonly #closing = new AbortController();
  #connection: Connection | null = null;

  /** @param known of the scenario; those without a channel nobody tells of changes. */
  constructor(address: Address, stores: Stores, known: readonly Store[]) {
    this.#address = address;
    this.#stores = stores;
    this.#heard = known.filter((store): store is Heard => store.channel !== null);
  }

  /** Rejects with a ServerError. */
  async open(): Promise<void> {
    if (this.#heard.length === 0) return;
    const connection = await Connection.open(this.#address, applicationName);
    this.#connection = connection;
    const { client } = connection;
    client.on("notification", ({ channel, payload }) => {
      const store = this.#heard.find((one) => one.channel === channel);
      if (store !== undefined && payload !== undefined) this.#stores.told(store, payload);
    });
    client.once("end", () => {
      if (!this.#closing.signal.aborted) void this.#openAnew();
    });
    for (const { channel } of this.#heard) {
      await connection.query(`listen ${pg.escapeIdentifier(channel)}`);
    }
    for (const store of this.#heard) this.#stores.undeafen(store);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
  }

  async #openAnew(): Promise<void> {
    for (const store of this.#heard) this.#stores.deafen(store);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.open();
        return;
      } catch {
        // As long as the server is gone there is nothing to hear, and nothing is remembered.
        await wait(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
