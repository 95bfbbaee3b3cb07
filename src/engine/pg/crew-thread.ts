/** The other side of a crew of threads: one thread's sessions, driven as they are told from outside. */
import type { MessagePort } from "node:worker_threads";
import type { Scenario } from "../../core/scenario.ts";
import { messageOf } from "../../metrics/tally-parts.ts";
import { Address } from "../../server/address.ts";
import {
  type AnswerMessage,
  type CallMessage,
  type CallName,
  type Calls,
  failureParts,
  healthParts,
  type ThreadSetting,
} from "./crew-messages.ts";
import { LocalCrew } from "./local-crew.ts";
import { sharedOffsetMs } from "./shared-clock.ts";

type Answers = {
  readonly [Name in CallName]: (argument: Calls[Name]["takes"]) => Promise<Calls[Name]["gives"]>;
};

/** Answers calls on the port until the thread is ended from outside. */
export function serveCrew(port: MessagePort, setting: ThreadSetting, scenario: Scenario): void {
  const answers = answersOf(setting, scenario);
  port.on("message", ({ id, name, argument }: CallMessage) => {
    // The protocol says which argument goes with which name.
    const answer = answers[name] as (argument: unknown) => Promise<unknown>;
    answer(argument).then(
      (value) => port.postMessage({ id, value } satisfies AnswerMessage),
      (error: unknown) =>
        port.postMessage({ id, failure: failureParts(error) } satisfies AnswerMessage),
    );
  });
}

function answersOf(setting: ThreadSetting, scenario: Scenario): Answers {
  const { plan, context, dialect, sessions, nextNumbers, accountsForLeftOver } = setting;
  const crew = new LocalCrew(
    { plan, scenario, context, dialect, address: Address.fromParts(setting.address) },
    {
      sessions,
      takeNumber: (phase) => Atomics.add(nextNumbers[phase], 0, 1),
      accountsForLeftOver,
    },
  );
  const done =
    <T>(work: (argument: T) => unknown) =>
    async (argument: T) => {
      await work(argument);
      return null;
    };
  return {
    prepare: done(() => crew.prepare()),
    open: done(() => crew.open()),
    drive: done((zeroSharedMs: number) => crew.drive(zeroSharedMs - sharedOffsetMs())),
    beginMeasuring: done(() => crew.beginMeasuring()),
    endMeasuring: async () => (await crew.endMeasuring()).map(healthParts),
    take: async (phase) => (await crew.take(phase)).map(messageOf),
    stop: done(() => crew.stop()),
    abandon: done(() => crew.abandon()),
    finish: (lengthMs) => crew.finish(lengthMs),
    close: done(() => crew.close()),
  };
}
