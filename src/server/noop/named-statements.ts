/** The prepared statements of a session, or its portals, by name. */
import { ProtocolViolation } from "./message.ts";
import type { Statement } from "./statement.ts";

export interface Prepared extends Statement {
  /** Object identifiers; 0 leaves the type open, as does one that is missing. */
  readonly declaredTypes: readonly number[];
}

interface Slot {
  readonly name: Buffer;
  prepared: Prepared | null;
}

/** Found by the bytes of their names, one by one: a session has a handful of them. */
export class NamedStatements {
  #slots: Slot[] = [];

  get(bytes: Buffer, start: number, end: number): Prepared {
    const prepared = this.#find(bytes, start, end)?.prepared;
    if (prepared) return prepared;
    const name = bytes.toString("utf8", start, end);
    throw new ProtocolViolation(`there is no prepared statement or portal "${name}"`);
  }

  /** Made where there is none. */
  slot(bytes: Buffer, start: number, end: number): Slot {
    const found = this.#find(bytes, start, end);
    if (found !== null) return found;
    const slot = { name: Buffer.from(bytes.subarray(start, end)), prepared: null };
    this.#slots.push(slot);
    return slot;
  }

  /** That there is none is no error. */
  remove(bytes: Buffer, start: number, end: number): void {
    const found = this.#find(bytes, start, end);
    this.#slots = this.#slots.filter((slot) => slot !== found);
  }

  clear(): void {
    this.#slots.length = 0;
  }

  #find(bytes: Buffer, start: number, end: number): Slot | null {
    search: for (const slot of this.#slots) {
      if (slot.name.length !== end - start) continue;
      for (let at = start; at < end; at++) {
        if (slot.name[at - start] !== bytes[at]) continue search;
      }
      return slot;
    }
    return null;
  }
}
