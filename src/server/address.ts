/**
 * Where a server is, and how to log in to it. The password stays inside: what is printed, stored
 * or put into an error is `display`.
 */
import type { ClientConfig } from "pg";
import { parseIntoClientConfig } from "pg-connection-string";

/** What was given as an address is none. The message never quotes it: a password may stand in it. */
export class AddressError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AddressError";
  }
}

/** What an address was made of. The password may be in it: for another thread of this process, and nobody else. */
export interface AddressParts {
  readonly url: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly database: string;
  /** Of a proxy on the loopback that stands in front of it; null: there is none. */
  readonly proxyPort: number | null;
}

type Source = Omit<AddressParts, "database">;

/** Where a server listens. */
export type ServerPlace =
  { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** The variables that an address depends on. */
const variables = [
  "PGHOST",
  "PGPORT",
  "PGUSER",
  "USER",
  "PGDATABASE",
  "PGPASSWORD",
  "PGSSLMODE",
] as const;

export class Address {
  readonly #config: ClientConfig;
  readonly #source: Source;
  readonly database: string;
  /** Without a password, fit for plans, reports and errors. */
  readonly display: string;

  private constructor(config: ClientConfig, database: string, source: Source) {
    this.#config = config;
    this.database = database;
    this.#source = source;
    // As the URL says it; who connects by `display` must not do so with less protection.
    const sslMode = /[?&]sslmode=([\w-]+)/.exec(source.url ?? "")?.[1] ?? null;
    const user = config.user === undefined ? "" : `${encodeURIComponent(config.user)}@`;
    const host = config.host ?? "localhost";
    const shown = host.startsWith("/") ? encodeURIComponent(host) : bracketed(host);
    this.display = `postgresql://${user}${shown}:${config.port ?? defaultPort}/${encodeURIComponent(database)}${sslMode === null ? "" : `?sslmode=${encodeURIComponent(sslMode)}`}`;
  }

  /**
   * From a connection URL and, for what it leaves open, the libpq variables (PGHOST, PGPORT, PGUSER,
   * PGDATABASE, PGPASSWORD); PGSSLMODE and `.pgpass` are read by the driver. Throws AddressError.
   */
  static from(url: string | null, env: Readonly<Record<string, string | undefined>>): Address {
    const { password: written, ...parsed } = url === null ? {} : parsedUrl(url);
    // The parser says "" for what a URL leaves open.
    const user = parsed.user || env.PGUSER || env.USER || "postgres";
    const config: ClientConfig = {
      ...parsed,
      host: parsed.host || env.PGHOST || "localhost",
      port: parsed.port || portOf(env.PGPORT),
      user,
    };
    const password = written || env.PGPASSWORD;
    if (password) config.password = password;
    const used = Object.fromEntries(variables.map((name) => [name, env[name]]));
    return new Address(config, parsed.database || env.PGDATABASE || user, {
      url,
      env: used,
      proxyPort: null,
    });
  }

  /** What `fromParts` makes the same address of; the configuration itself may hold functions, which no message takes. */
  toParts(): AddressParts {
    return { ...this.#source, database: this.database };
  }

  static fromParts({ url, env, database, proxyPort }: AddressParts): Address {
    const address = Address.from(url, env).withDatabase(database);
    return proxyPort === null ? address : address.through(proxyPort);
  }

  /** The same server and login, another database. */
  withDatabase(database: string): Address {
    return new Address(this.#config, database, this.#source);
  }

  /** The same login and database, by way of a proxy on the loopback that connects to `place`. */
  through(proxyPort: number): Address {
    const { ssl, host } = this.#config;
    // Below TLS the certificate is the server's, not the proxy's.
    const named = ssl ? { ...(ssl === true ? {} : ssl), servername: host } : ssl;
    const config = { ...this.#config, host: loopback, port: proxyPort, ssl: named };
    return new Address(config, this.database, { ...this.#source, proxyPort });
  }

  get place(): ServerPlace {
    const { host = "localhost", port = defaultPort } = this.#config;
    return host.startsWith("/") ? { socketPath: `${host}/.s.PGSQL.${port}` } : { host, port };
  }

  /** For drivers that are not Node's: libpq's keywords, and the password apart from them. */
  keywords(): {
    readonly words: Readonly<Record<string, string>>;
    readonly password: string | null;
  } {
    const { host = "localhost", port = defaultPort, user, password } = this.#config;
    const { url, env } = this.#source;
    const written = new URLSearchParams(/\?(.*)$/.exec(url ?? "")?.[1] ?? "");
    const tls = ["sslrootcert", "sslcert", "sslkey"].flatMap((name) => {
      const value = written.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    const words = {
      host,
      port: String(port),
      dbname: this.database,
      ...(user === undefined ? {} : { user }),
      // Others ask for TLS where nobody has said anything.
      sslmode: written.get("sslmode") ?? env.PGSSLMODE ?? "disable",
      ...Object.fromEntries(tls),
    };
    return { words, password: typeof password === "string" ? password : null };
  }

  /** On this machine, as far as an address can tell: a forwarded port or a container looks the same. */
  get isLoopback(): boolean {
    return /^(\/|localhost$|127\.|::1$)/.test(this.#config.host ?? "localhost");
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

function parsedUrl(url: string): ClientConfig {
  const expected = "the URL of a server: expected postgresql://user@host:port/database";
  if (!/^postgres(ql)?:\/\//i.test(url)) throw new AddressError(expected);
  try {
    return parseIntoClientConfig(url);
  } catch (error) {
    // The error itself may hold the URL; its code (ERR_INVALID_URL, ENOENT of a certificate) does not.
    const { code } = error as { code?: string };
    throw new AddressError(code === undefined ? expected : `${expected} (${code})`);
  }
}

const defaultPort = 5432;
const loopback = "127.0.0.1";

function portOf(text: string | undefined): number {
  if (!text) return defaultPort;
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new AddressError(`PGPORT: expected a port from 1 to 65535, got "${text}"`);
}

/** In URLs the colons of an IPv6 address need brackets. */
function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
