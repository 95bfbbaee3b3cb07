/**
 * A request to a modelled service: it passes gates, takes connections and returns them, and performs
 * everything else on the connection that it holds. Wherever it waits, it can be abandoned there.
 */
import { Failure, type FailureKind } from "../../core/failure.ts";
import type { ConnectionStep, Gate as ServiceGate, Row, Step } from "../../core/step.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Connections, Lease } from "./connections.ts";
import type { Gate } from "./gate.ts";
import type { ServicePlaces } from "./service-places.ts";
import type { StepContext } from "./session-connection.ts";
import type { Stores } from "../stores.ts";
import { noRows } from "../statements.ts";
import { pause } from "./statements.ts";

/** What it meets on its way. */
export interface Surroundings {
  readonly session: number;
  readonly places: ServicePlaces;
  readonly stores: Stores;
  readonly connections: Connections;
  readonly recorder: Recorder;
  readonly clockMs: () => number;
  readonly context: StepContext;
}

/** A gate that it is inside of. */
interface Visit {
  readonly gate: ServiceGate;
  readonly place: Gate;
  readonly waitMs: number;
  readonly enteredMs: number;
  /** What it had waited by then, in all queues. */
  readonly waitedBeforeMs: number;
}

export class ServiceRequest {
  readonly #around: Surroundings;
  #visits: readonly Visit[] = [];
  #lease: Lease | null = null;
  /** Not null once it was abandoned. */
  #failure: Failure | null = null;
  /** Ends its latest wait. */
  #endWait: (failure: Failure) => void = () => undefined;
  /** In queues, for gates and for connections. */
  #waitedMs = 0;
  #poolWaitMs = 0;
  #limitWaitUs = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** How long it has waited for connections, all of them together. */
  get poolWaitMs(): number {
    return this.#poolWaitMs;
  }

  /** Of it, at the gate in front of the connections alone. */
  get gateWaitUs(): number {
    return this.#limitWaitUs;
  }

  /** One step at a time. Rejects with a Failure; any other error is a bug. */
  async perform(step: Step): Promise<readonly Row[]> {
    // Once abandoned it goes on giving back, and does nothing else.
    if (step.kind === "leave") return this.#leave(step.gate);
    if (step.kind === "return-connection") return this.#returnConnection();
    if (this.#failure !== null) throw this.#failure;
    switch (step.kind) {
      case "enter":
        return this.#enter(step.gate);
      case "take-connection":
        return this.#takeConnection();
      case "look-up":
        return [{ state: this.#around.places.lookUp(step.cache) }];
      case "filled":
        this.#around.places.filled(step.cache);
        return noRows;
      case "recall":
      case "remember":
      case "forget":
        return this.#around.stores.perform(step);
      case "together":
        throw new Error(
          "a request takes one connection at a time, and none for parts side by side",
        );
      case "pause":
        return this.#unlessAbandoned(pause(step.ms, this.#around.context.signal), () => undefined);
      case "begin":
      case "query":
      case "execute":
      case "copy":
      case "commit":
      case "rollback":
        return this.#send(step);
    }
  }

  /** Ends it where it is: it fails with this kind and code, and so do all of its further steps. */
  abandon(kind: FailureKind, code: string): void {
    if (this.#failure !== null) return;
    this.#failure = new Failure(kind, code, `the client gave up (${code})`);
    // What runs on a connection fails there: only the connection knows whether it was a COMMIT.
    this.#lease?.connection.abandon(kind, code);
    this.#endWait(this.#failure);
  }

  /** At its end, whatever became of it: everything that it still holds. */
  giveBack(): void {
    if (this.#lease !== null) this.#returnConnection();
    for (const { gate } of [...this.#visits].reverse()) this.#leave(gate);
  }

  async #enter(gate: ServiceGate): Promise<readonly Row[]> {
    if (this.#visitOf(gate) !== undefined) {
      throw new Error(`a request that is inside the gate ${gate.name} would wait there for itself`);
    }
    const { places, recorder, clockMs } = this.#around;
    const place = places.gate(gate);
    const waitedMs = this.#waitedMs;
    const entering = place.enter();
    if (entering !== null) {
      recorder.gateQueue(gate, place.queue);
      await this.#queued(entering, () => place.leave());
    }
    const waitMs = this.#waitedMs - waitedMs;
    const visit = { gate, place, waitMs, enteredMs: clockMs(), waitedBeforeMs: this.#waitedMs };
    this.#visits = [...this.#visits, visit];
    return noRows;
  }

  #leave(gate: ServiceGate): readonly Row[] {
    const visit = this.#visitOf(gate);
    if (visit === undefined) {
      throw new Error(`a request left the gate ${gate.name}, which it was not inside of`);
    }
    this.#visits = this.#visits.filter((one) => one !== visit);
    const waitedMs = this.#waitedMs - visit.waitedBeforeMs;
    const holdMs = this.#around.clockMs() - visit.enteredMs - waitedMs;
    // A difference of sums of differences may be a rounding error below nothing.
    const holdUs = Math.max(0, holdMs * 1000);
    this.#around.recorder.gateVisit(gate, { waitUs: visit.waitMs * 1000, holdUs });
    visit.place.leave();
    return noRows;
  }

  async #takeConnection(): Promise<readonly Row[]> {
    if (this.#lease !== null) throw new Error("a request has one connection at a time");
    const { connections, session } = this.#around;
    const waitedMs = this.#waitedMs;
    try {
      const asked = connections.lease(session);
      this.#lease =
        asked instanceof Promise
          ? await this.#queued(asked, (late) => connections.release(late))
          : asked;
      this.#limitWaitUs += this.#lease.gateWaitUs;
    } finally {
      this.#poolWaitMs += this.#waitedMs - waitedMs;
    }
    return noRows;
  }

  #returnConnection(): readonly Row[] {
    const lease = this.#held("return-connection");
    this.#lease = null;
    this.#around.connections.release(lease);
    return noRows;
  }

  #send(step: ConnectionStep): Promise<readonly Row[]> {
    return this.#held(step.kind).connection.perform(step, this.#around.context);
  }

  #held(asked: string): Lease {
    if (this.#lease === null) {
      throw new Error(`a request asked for "${asked}" without having taken a connection`);
    }
    return this.#lease;
  }

  #visitOf({ name }: ServiceGate): Visit | undefined {
    return this.#visits.find(({ gate }) => gate.name === name);
  }

  /** Awaits it in a queue: that time is no time of the gates that it is inside of. */
  async #queued<T>(awaited: Promise<T>, handBack: (late: T) => void): Promise<T> {
    const { clockMs } = this.#around;
    const startMs = clockMs();
    try {
      return await this.#unlessAbandoned(awaited, handBack);
    } finally {
      this.#waitedMs += clockMs() - startMs;
    }
  }

  /** What is awaited, or, once the request is abandoned, its failure; what comes after that is handed back. */
  #unlessAbandoned<T>(awaited: Promise<T>, handBack: (late: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#endWait = reject;
      awaited.then((given) => {
        if (this.#failure === null) resolve(given);
        else handBack(given);
      }, reject);
    });
  }
}
