import { expect, it } from "vitest";
import { ServerShare } from "../../../src/run/faults/server-share.ts";

/** Work that lasts until it is told to end; what happens to it is noted. */
function work(notes: string[], name: string) {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async () => {
    notes.push(`${name} begins`);
    await ended;
    notes.push(`${name} ends`);
  };
  return { run, end };
}

/** All that can happen by itself has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it("is used by many at a time", async () => {
  const notes: string[] = [];
  const share = new ServerShare();
  const [one, other] = [work(notes, "one"), work(notes, "other")];
  const both = Promise.all([share.use(one.run), share.use(other.run)]);
  await settled();
  expect(notes).toEqual(["one begins", "other begins"]);
  one.end();
  other.end();
  await both;
});

it("is had alone once those at work are done, failed ones too, and others wait for its return", async () => {
  const notes: string[] = [];
  const share = new ServerShare();
  const [early, late] = [work(notes, "early"), work(notes, "late")];
  const failing = share.use(() => Promise.reject(new Error("no answer")));
  const using = share.use(early.run);
  const taking = share.take().then((giveBack) => {
    notes.push("taken");
    return giveBack;
  });
  const waiting = share.use(late.run);
  await expect(failing).rejects.toThrow("no answer");
  await settled();
  expect(notes).toEqual(["early begins"]);
  early.end();
  await using;
  const giveBack = await taking;
  await settled();
  expect(notes).toEqual(["early begins", "early ends", "taken"]);
  giveBack();
  await settled();
  expect(notes.slice(3)).toEqual(["late begins"]);
  late.end();
  await waiting;
});

it("is free only when all who have it have given it back, and twice by one counts once", async () => {
  const notes: string[] = [];
  const share = new ServerShare();
  const [one, other] = [await share.take(), await share.take()];
  const late = work(notes, "late");
  const waiting = share.use(late.run);
  one();
  one();
  await settled();
  expect(notes).toEqual([]);
  other();
  await settled();
  expect(notes).toEqual(["late begins"]);
  late.end();
  await waiting;
});

it("is not used by one who waited, where another takes it at the moment of its return", async () => {
  const notes: string[] = [];
  const share = new ServerShare();
  const giveBack = await share.take();
  const late = work(notes, "late");
  const waiting = share.use(late.run);
  giveBack();
  const again = await share.take();
  await settled();
  expect(notes).toEqual([]);
  again();
  late.end();
  await waiting;
  expect(notes).toEqual(["late begins", "late ends"]);
});
