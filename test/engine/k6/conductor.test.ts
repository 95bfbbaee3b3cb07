import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Beginning, News } from "../../../src/engine/k6/conducting.ts";
import { Conductor } from "../../../src/engine/k6/conductor.ts";
import { until } from "../../helpers/postgres.ts";

let conductor: Conductor;
beforeEach(async () => {
  conductor = await Conductor.start(2);
});
afterEach(() => conductor.close());

async function ask<Answer = News>(way: string, query: Record<string, string | number> = {}) {
  const words = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const answer = await fetch(`${conductor.url}/${way}?${words.toString()}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

const progress = { started: 5, committed: 4, aborted: 1, unknown: 0, retries: 2, errors: 3 };

describe("the conductor", () => {
  it("lets all begin at once, at a moment of their own clock", async () => {
    // By its own clock the test began 1000 ms after this process did; asking took no time.
    const atUs = Math.round((performance.now() - 1000) * 1000);
    await ask("clock", { atUs });
    // One that was on its way for longer says less.
    await ask("clock", { atUs: atUs - 500_000 });
    const asked = [0, 1].map((session) => ask<Beginning>("ready", { session }));
    await conductor.ready;
    expect(conductor.readySessions).toBe(2);
    conductor.begin(5000);
    const [one, other] = await Promise.all(asked);
    expect(one).toEqual(other);
    expect(one?.zeroMs).toBeGreaterThan(3000);
    expect(one?.zeroMs).toBeLessThanOrEqual(4000);
  });

  it("tells by how much the test's clock went ahead, or was set back, until the end", async () => {
    expect(conductor.clockDriftMs).toBe(0);
    const testUs = (aheadMs: number) => Math.round((performance.now() + aheadMs) * 1000);
    await ask("clock", { atUs: testUs(0) });
    const told = { phase: "measured", ...progress };
    const ending = ask("end", { session: 0, ...told, atUs: testUs(5_000) });
    await until(() => conductor.clockDriftMs !== 0, "the end is told");
    // Of which the way there took something.
    expect(conductor.clockDriftMs).toBeGreaterThan(4_000);
    expect(conductor.clockDriftMs).toBeLessThan(6_000);
    conductor.finish();
    await ending;
  });

  it("is ready with the last session alone, and says who could not connect", async () => {
    const waiting = ask<Beginning>("ready", { session: 0 });
    await until(() => conductor.readySessions === 1, "the first is ready");
    const early = Promise.resolve("waiting");
    expect(await Promise.race([conductor.ready.then(() => "ready"), early])).toBe("waiting");
    await ask("failed", { session: 1, code: "53300", message: "sorry, too many clients" });
    await expect(conductor.ready).rejects.toMatchObject({
      code: "53300",
      message: "sorry, too many clients",
    });
    conductor.finish();
    expect(await waiting).toEqual({ zeroMs: null });
  });

  it("tells the edges so far, that no more may start, and that the rest was dropped", async () => {
    const told = { session: 1, phase: "measured", ...progress };
    expect(await ask("news", told)).toEqual({ cuts: [], stop: false, abandoned: false });
    conductor.cut(100);
    conductor.cut(100);
    conductor.cut(50);
    conductor.cut(200.5);
    conductor.stop();
    expect(await ask("news", told)).toEqual({ cuts: [100, 200.5], stop: true, abandoned: false });
    conductor.abandon();
    expect(await ask("news", told)).toMatchObject({ stop: true, abandoned: true });
  });

  it("adds up what each session told last, by phase", async () => {
    await ask("news", { session: 0, phase: "measured", ...progress, started: 1 });
    await ask("news", { session: 0, phase: "measured", ...progress });
    await ask("news", { session: 1, phase: "measured", ...progress });
    await ask("news", { session: 1, phase: "warmup", ...progress });
    expect(conductor.progress("warmup")).toEqual(progress);
    expect(conductor.progress("measured")).toEqual({
      started: 10,
      committed: 8,
      aborted: 2,
      unknown: 0,
      retries: 4,
      errors: 6,
    });
  });

  it("keeps who has finished until all edges are known", async () => {
    const told = { phase: "measured", ...progress };
    const asked = [0, 1].map((session) => ask("end", { session, ...told }));
    await conductor.ended;
    conductor.cut(300);
    conductor.finish();
    expect(await Promise.all(asked)).toMatchObject([{ cuts: [300] }, { cuts: [300] }]);
    // Nor does it keep whoever is late.
    expect(await ask("end", { session: 0, ...told })).toMatchObject({ cuts: [300] });
    expect(await ask("ready", { session: 0 })).toEqual({ zeroMs: null });
  });

  it("gives up on whoever has not finished, and lets nobody wait for a k6 that is gone", async () => {
    conductor.giveUp();
    await conductor.ended;
    conductor.gone("was ended by SIGKILL");
    await expect(conductor.ready).rejects.toThrow("k6 was ended by SIGKILL");
  });

  it("tells a session's bug with the stack that it had", async () => {
    const bug = { session: 1, message: "no such thing", stack: "TypeError\n\tat mine.ts:5:1" };
    await ask("bug", bug);
    await expect(conductor.ended).rejects.toMatchObject({
      message: "session 1 ended by a bug: no such thing",
      stack: "session 1 ended by a bug: no such thing\nTypeError\n\tat mine.ts:5:1",
    });
    await expect(conductor.ready).rejects.toThrow("no such thing");
  });

  it("answers nobody who does not know its secret, and no other way", async () => {
    const { origin, pathname } = new URL(conductor.url);
    for (const path of ["/news", `${pathname.slice(0, -1)}x/news`, `${pathname}/other`, "/"]) {
      expect((await fetch(`${origin}${path}?session=0&phase=measured&started=9`)).status).toBe(404);
    }
    expect(conductor.progress("measured").started).toBe(0);
    expect(pathname).toMatch(/^\/[0-9a-f]{32}$/);
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});
