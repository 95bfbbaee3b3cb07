/** What of k6 and xk6-sql the script uses. k6's own types would put its globals beside Node's. */

declare module "k6/execution" {
  const execution: {
    readonly instance: {
      /** Milliseconds with a fraction, since the test began. Throws in the init context. */
      readonly currentTestRunDuration: number;
    };
    readonly scenario: { readonly iterationInTest: number };
    readonly test: {
      /** Ends all of it at once; does not return. */
      abort(message: string): never;
      /** Null: all of it is run here. */
      readonly options: { readonly executionSegment: string | null };
    };
  };
  export default execution;
}

declare module "k6" {
  export function sleep(seconds: number): void;
}

declare module "k6/data" {
  /** One copy for all virtual users; an element is read anew each time. Only in the init context. */
  export const SharedArray: new (name: string, make: () => readonly unknown[]) => unknown[];
}

declare module "k6/crypto" {
  export function sha256(input: string, encoding: "hex"): string;
}

declare module "k6/http" {
  interface Response {
    /** 0: there was no answer. */
    readonly status: number;
    readonly body: string | null;
    readonly error: string;
  }
  const http: { get(url: string, parameters: { readonly timeout: string }): Response };
  export default http;
}

declare module "k6/x/sql" {
  type Argument = string | number | null;
  export interface Database {
    execWithTimeout(timeout: string, text: string, ...parameters: Argument[]): unknown;
    /** Never tells of an error behind the first row. */
    queryWithTimeout(
      timeout: string,
      text: string,
      ...parameters: Argument[]
    ): readonly Readonly<Record<string, unknown>>[];
    close(): void;
  }
  const sql: {
    open(
      driver: unknown,
      source: string,
      options: Readonly<Record<string, number | string>>,
    ): Database;
  };
  export default sql;
}

declare module "k6/x/sql/driver/postgres" {
  const driver: unknown;
  export default driver;
}
