/** What stands between the sessions and the server, because the plan or a fault of the run asks for it. */
import type { Plan } from "../../core/plan.ts";
import { type Dialect, plainDialect } from "../../engine/dialect.ts";
import { connectionCount } from "../../engine/connection-count.ts";
import { pgbouncerProgram } from "../../faults/pgbouncer.ts";
import { type NetworkControl, type PoolerControl, type Way, ways } from "../../faults/ways.ts";
import { Network } from "../../network/network.ts";
import type { Address } from "../../server/address.ts";
import { ServerError } from "../../server/connection.ts";
import { Pgbouncer } from "../../server/pgbouncer.ts";
import type { ArmedFault } from "./fault-course.ts";

export interface OpenedWays {
  /** What the sessions connect to. */
  readonly address: Address;
  /** And how they are to speak there. */
  readonly dialect: Dialect;
  readonly network: NetworkControl | null;
  readonly pooler: PoolerControl | null;
}

export interface WayOptions {
  readonly plan: Plan;
  /** Of the run's database. */
  readonly address: Address;
  readonly armed: readonly ArmedFault[];
  readonly note: (text: string) => void;
}

/** From the server outwards; each is given what is behind it. */
type Opener<Control> = (
  behind: Address,
  plan: Plan,
) => Promise<{
  readonly address: Address;
  readonly control: Control;
  readonly close: () => Promise<void>;
}>;

interface Openers {
  readonly network: Opener<NetworkControl>;
  readonly pooler: Opener<PoolerControl>;
}

const openers: Openers = {
  async network(behind) {
    const network = await Network.start(behind.place);
    return {
      address: behind.through(network.port),
      control: network,
      close: () => network.close(),
    };
  },

  async pooler(behind, plan) {
    const program = pgbouncerProgram();
    if (program === null) throw new ServerError("PgBouncer is not installed any more", "");
    const connections = connectionCount(plan);
    const clients = isOnPooler(plan) ? plan.sessions : connections;
    const bouncer = await Pgbouncer.start({
      program,
      behind,
      // A pool that was asked for has not one more.
      poolSize: connections + (isOnPooler(plan) ? 0 : ownConnections),
      clients: 2 * clients + ownConnections,
      settings: settingsOf(plan),
    });
    return { address: bouncer.address, control: bouncer, close: () => bouncer.close() };
  },
};

/** For what the scenario draws from, and for its console. */
const ownConnections = 10;

const inWords: Readonly<Record<Way, string>> = { network: "a proxy", pooler: "a PgBouncer" };

/** Opens what is needed, hands over, and closes it whatever happens. */
export async function withWays<T>(
  { plan, address, armed, note }: WayOptions,
  work: (opened: OpenedWays) => Promise<T>,
): Promise<T> {
  const closing: (() => Promise<void>)[] = [];
  const dialect = dialectFor({ plan, armed });
  let opened: OpenedWays = { address, dialect, network: null, pooler: null };
  try {
    for (const way of [...ways].reverse()) {
      const why = askingFor(way, { plan, armed });
      if (why.length === 0) continue;
      const { control, close, ...outer } = await openers[way](opened.address, plan);
      closing.unshift(close);
      opened = { ...opened, ...outer, [way]: control };
      note(`sessions go through ${inWords[way]}, because of ${why.join(" and ")}`);
      if (way === "pooler" && plan.engine === "k6") note(untold);
    }
    return await work(opened);
  } finally {
    for (const close of closing) await close();
  }
}

const untold =
  "what sessions of k6 wait there for a connection is in their latency, and not told apart from it";

type Asking = Pick<WayOptions, "plan" | "armed">;

/** Whether the run needs this way. */
export function goesThrough(way: Way, asking: Asking): boolean {
  return askingFor(way, asking).length > 0;
}

/** Sessions of k6 share no pool in memory: they have a real one. */
export function isOnPooler({ engine, poolMax }: Plan): boolean {
  return engine === "k6" && poolMax !== null;
}

/** An option, and the names of the faults, each once. */
function askingFor(way: Way, { plan, armed }: Asking): readonly string[] {
  const asking = armed.filter(({ fault, parameters }) => fault.via?.(parameters) === way);
  return [
    ...(way === "pooler" && isOnPooler(plan) ? ["--pool-max on k6"] : []),
    ...new Set(asking.map(({ fault }) => fault.name)),
  ];
}

function dialectFor({ plan, armed }: Asking): Dialect {
  const isPooled = goesThrough("pooler", { plan, armed });
  const parsesEachTime = isPooled || armed.some(({ fault }) => fault.parsesEachTime === true);
  return {
    prepared: parsesEachTime ? "unnamed" : plainDialect.prepared,
    settingsAtStart: !isPooled,
  };
}

/** What sessions without a pooler ask for as they connect. */
function settingsOf(plan: Plan): readonly string[] {
  const { engine, isolation, statementTimeoutMs, lockTimeoutMs } = plan;
  return [
    // What k6 sends again on another connection, outside its transaction, is not to write.
    ...(engine === "k6" ? ["set default_transaction_read_only = on"] : []),
    `set default_transaction_isolation = '${isolation.replace("-", " ")}'`,
    `set statement_timeout = ${statementTimeoutMs}`,
    `set lock_timeout = ${lockTimeoutMs}`,
  ];
}
