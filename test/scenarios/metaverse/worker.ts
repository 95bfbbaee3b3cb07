/** Who imports by external id, and changes what the ids lead to, with what it remembers between. */
import { metaverse } from "../../../fixtures/metaverse/system.ts";
import { storesOf, telling } from "../../../scenarios/metaverse/caches.ts";
import { exchangeIds, replaceEntry } from "../../../scenarios/metaverse/entry-changes.ts";
import { importPage } from "../../../scenarios/metaverse/import.ts";
import { type Joining, joinPage } from "../../../scenarios/metaverse/join.ts";
import type { Place } from "../../../scenarios/metaverse/lookup.ts";
import { match } from "../../../scenarios/metaverse/match.ts";
import { exchangeObjects } from "../../../scenarios/metaverse/object-changes.ts";
import { provisionEntry } from "../../../scenarios/metaverse/provision.ts";
import { Failure } from "../../../src/core/failure.ts";
import type { Strategies } from "../../../src/core/system.ts";
import { atomically, type Transaction } from "../../../src/core/transaction.ts";
import { knownVariant } from "../../../src/core/variant.ts";
import { type StoreCounts, Stores } from "../../../src/engine/stores.ts";
import type { Connection } from "../../../src/server/connection.ts";
import { expect } from "vitest";
import { drive, only } from "../../helpers/drive.ts";

const settings = { isolation: "read-committed", holdMs: 0 } as const;
const nowhere = { keys: [], ids: [] };
export const place: Place = { side: "entry", scope: 2, attribute: 2, dictionary: nowhere };
/** Of users. */
export const users: Place = { side: "object", scope: 1, attribute: 2, dictionary: nowhere };
export const secondary: Place = { ...place, attribute: 30 };
const importedAs = { id: 31, name: "importedAs", kind: "text" } as const;

/** Of nobody, with nothing that refers to them; see fixtures/metaverse/connected.ts. */
export const [one, other] = ["E-0000014", "E-0000019"] as const;

let numbered = 0;
function freshId(): string {
  return `00000000-0000-4000-9000-${String(++numbered).padStart(12, "0")}`;
}

/** Sessions of one thread, with a variant's strategies, over the database as it is by then. */
export class Worker {
  readonly strategies: Strategies;
  readonly #connection: Connection;
  readonly #stores = new Stores();

  constructor(connection: Connection, variant: string) {
    this.#connection = connection;
    this.strategies = knownVariant(metaverse, variant).strategies;
  }

  get counts(): StoreCounts | undefined {
    return this.countsOf("entries");
  }

  countsOf(store: string): StoreCounts | undefined {
    return this.#stores.counts().find(({ name }) => name === store);
  }

  /** Its connection for notifications is lost, and another is there. */
  loseNotifications(): void {
    const stores = storesOf(this.strategies).filter(({ channel }) => channel !== null);
    for (const store of stores) this.#stores.deafen(store);
    for (const store of stores) this.#stores.undeafen(store);
  }

  run<T>(transaction: Transaction<T>): Promise<T> {
    return drive(this.#connection, transaction, this.#stores);
  }

  get #telling() {
    return { strategies: this.strategies, context: settings };
  }

  /** Ids. */
  async find(where: Place, ...externalIds: string[]): Promise<readonly string[]> {
    const { matches } = await this.run(match(this.#matching, where, externalIds));
    return matches.map(({ ids }) => ids.join("+"));
  }

  import(...externalIds: string[]): Promise<void> {
    return this.importAt(place, ...externalIds);
  }

  async importAt(where: Place, ...externalIds: string[]): Promise<void> {
    const page = externalIds.map((externalId) => ({
      externalId,
      attribute: importedAs,
      text: `${externalId} imported`,
      newId: freshId(),
    }));
    await this.run(telling(this.#telling, () => importPage(this.#matching, where, page)));
  }

  async exchange(): Promise<void> {
    const change = { place, importedAs: importedAs.id };
    await this.run(telling(this.#telling, () => exchangeIds(change, [one, other])));
  }

  /** As before, but what comes next in the transaction fails. */
  async exchangeInVain(): Promise<void> {
    const change = { place, importedAs: importedAs.id };
    const told = telling(this.#telling, () => exchangeIds(change, [one, other]));
    let next = told.next([]);
    while (next.done !== true && next.value.kind !== "commit") {
      next = told.next(await this.run(only(next.value)));
    }
    await this.#connection.query("rollback");
    expect(() => told.throw(new Failure("sql", "40001", "in vain"))).toThrow("in vain");
  }

  /** Returns the id that it has from then on. */
  async replace(): Promise<string> {
    const change = { place, importedAs: importedAs.id };
    const newId = freshId();
    await this.run(telling(this.#telling, () => replaceEntry(change, one, newId)));
    return newId;
  }

  /** Entries of users look for their objects. */
  async join(...entries: readonly Joining[]): Promise<void> {
    await this.run(atomically(settings, () => joinPage(this.#matching, users, entries)));
  }

  async exchangeObjects(pair: readonly [Joining, Joining]): Promise<void> {
    await this.run(telling(this.#telling, () => exchangeObjects(users, pair)));
  }

  async provision(scope = place.scope): Promise<void> {
    const id = freshId();
    const [valueIds, secondaryId, externalId] = [
      [freshId(), freshId()] as const,
      `P-${id}`,
      `C-${id}`,
    ];
    await this.run(
      provisionEntry(
        {
          ...this.#telling,
          matching: this.#matching,
          place: { ...place, scope },
          secondary: { ...secondary, scope },
        },
        { id, valueIds, secondaryId, externalId },
      ),
    );
  }

  get #matching() {
    return { strategies: this.strategies, provesHits: false };
  }
}
