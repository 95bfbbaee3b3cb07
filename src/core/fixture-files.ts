/** Exported rows as files, one a table: what a fixture may be loaded from in place of its generator. */

/** One table's file, as it was found. */
export interface TableFile {
  /** Absolute. */
  readonly path: string;
  /** Of its header, in its order. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Of all of it, in hexadecimal. */
  readonly sha256: string;
}

/** A file that describes payloads, see System. */
export interface PayloadFile {
  /** As it was given. */
  readonly path: string;
  readonly text: string;
}

export interface FixtureFiles {
  /** Absolute. */
  readonly folder: string;
  /** Of the content of all files together: what the fixture is known by. */
  readonly sha256: string;
  /** By table. */
  readonly tables: Readonly<Record<string, TableFile>>;
}
