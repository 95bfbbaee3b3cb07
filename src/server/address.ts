/**
 * Where a server is, and how to log in to it. The password stays inside: what is printed, stored
 * or put into an error is `display`.
 */
import type { ClientConfig } from "pg";
import { parseIntoClientConfig } from "pg-connection-string";

export class Address {
  readonly #config: ClientConfig;
  readonly database: string;
  /** Without a password, fit for plans, reports and errors. */
  readonly display: string;

  private constructor(config: ClientConfig, database: string) {
    this.#config = config;
    this.database = database;
    const user = config.user === undefined ? "" : `${encodeURIComponent(config.user)}@`;
    const host = config.host ?? "localhost";
    const shown = host.startsWith("/") ? encodeURIComponent(host) : host;
    this.display = `postgresql://${user}${shown}:${config.port ?? 5432}/${encodeURIComponent(database)}`;
  }

  /**
   * From a connection URL and, for what it leaves open, the libpq variables (PGHOST, PGPORT, PGUSER,
   * PGDATABASE, PGPASSWORD, PGSSLMODE); `.pgpass` is read by the driver.
   */
  static from(url: string | null, env: Readonly<Record<string, string | undefined>>): Address {
    const parsed = url === null ? {} : parseIntoClientConfig(url);
    const user = parsed.user ?? env.PGUSER ?? env.USER ?? "postgres";
    const config: ClientConfig = {
      ...parsed,
      host: parsed.host ?? env.PGHOST ?? "localhost",
      port: Number(parsed.port ?? env.PGPORT ?? 5432),
      user,
    };
    const password = parsed.password ?? env.PGPASSWORD;
    if (password !== undefined) config.password = password;
    return new Address(config, (parsed.database ?? env.PGDATABASE) || user);
  }

  /** The same server and login, another database. */
  withDatabase(database: string): Address {
    return new Address(this.#config, database);
  }

  /** For the driver only: this object holds the password. */
  clientConfig(applicationName: string): ClientConfig {
    return {
      ...this.#config,
      database: this.database,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    };
  }

  toJSON(): string {
    return this.display;
  }
}

/** Longer than a server under 100 sessions needs to fork and authenticate; short enough to notice a dead host. */
const connectTimeoutMs = 20_000;
