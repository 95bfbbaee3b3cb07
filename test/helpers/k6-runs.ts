/** What tests of runs on k6 begin with, and clean up after themselves. */
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { Loadgen } from "./loadgen.ts";

/** Null: there is no k6, and what needs it is left out. */
export const k6 = inject("k6");

/** The words that ask for it. */
export const onK6: readonly string[] = ["--engine", "k6", "--k6", String(k6)];

/** Inside of a describe: its loadgen, once its tests run. */
export function loadgenOfTests(
  open: () => Promise<Loadgen> = () => Loadgen.prepared(),
): () => Loadgen {
  let loadgen: Loadgen | null = null;
  const opened = () => {
    if (loadgen === null) throw new Error("no test runs yet");
    return loadgen;
  };
  beforeAll(async () => {
    loadgen = await open();
  });
  afterEach(() => opened().killAll());
  afterAll(() => opened().remove());
  return opened;
}
