/** What stands between the sessions and the server, because a fault of the run asks for it. */
import { type NetworkControl, type PoolerControl, type Way, ways } from "../faults/ways.ts";
import type { Address } from "../server/address.ts";
import type { ArmedFault } from "./chaos.ts";

export interface OpenedWays {
  /** What the sessions connect to. */
  readonly address: Address;
  readonly network: NetworkControl | null;
  readonly pooler: PoolerControl | null;
}

/** From the server outwards; each is given what is behind it. */
type Opener<Control> = (behind: Address) => Promise<{
  readonly address: Address;
  readonly control: Control;
  readonly close: () => Promise<void>;
}>;

interface Openers {
  readonly network: Opener<NetworkControl>;
  readonly pooler: Opener<PoolerControl>;
}

const openers: Openers = {
  network: () => Promise.reject(new Error("not built yet")),
  pooler: () => Promise.reject(new Error("not built yet")),
};

/** Opens what is needed, hands over, and closes it whatever happens. */
export async function withWays<T>(
  address: Address,
  armed: readonly ArmedFault[],
  work: (opened: OpenedWays) => Promise<T>,
): Promise<T> {
  const needed = waysOf(armed);
  const closing: (() => Promise<void>)[] = [];
  let opened: OpenedWays = { address, network: null, pooler: null };
  try {
    for (const way of [...ways].reverse()) {
      if (!needed.has(way)) continue;
      const { control, close, ...outer } = await openers[way](opened.address);
      closing.unshift(close);
      opened = { ...opened, ...outer, [way]: control };
    }
    return await work(opened);
  } finally {
    for (const close of closing) await close();
  }
}

function waysOf(armed: readonly ArmedFault[]): ReadonlySet<Way> {
  return new Set(armed.flatMap(({ fault, parameters }) => fault.via?.(parameters) ?? []));
}
