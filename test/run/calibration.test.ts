import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Calibration, readCalibration, storeCalibration } from "../../src/run/calibration.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-calibration-"));
  path = join(folder, "home", "calibration.json");
});

afterEach(() => rm(folder, { recursive: true }));

const machine = { cpu: "a fast one", cores: 2, memoryBytes: 1, kernel: "Linux", node: "20.0.0" };

const calibration: Calibration = {
  schema: "loadgen.calibration/1",
  at: "2026-01-02T03:04:05.000Z",
  machine,
  steps: [
    { sessions: 1, perSecond: 20_000, cpuUs: 30.5 },
    { sessions: 100, perSecond: 60_000, cpuUs: 16 },
  ],
};

describe("this machine's calibration", () => {
  it("is read as it was stored, in a folder that was not there", async () => {
    await storeCalibration(path, calibration);
    expect(await readCalibration(path, machine)).toEqual(calibration);
  });

  it("is the last one", async () => {
    await storeCalibration(path, calibration);
    const later = { ...calibration, at: "2026-02-03T03:04:05.000Z", steps: [] };
    await storeCalibration(path, later);
    expect(await readCalibration(path, machine)).toEqual(later);
  });

  it("is none before there was one", async () => {
    expect(await readCalibration(path, machine)).toBeNull();
  });

  it.each([
    { cpu: "a slow one" },
    { cores: 4 },
    { memoryBytes: 2 },
    { kernel: "x" },
    { node: "22" },
  ])("is none of a machine with %o", async (other) => {
    await storeCalibration(path, calibration);
    expect(await readCalibration(path, { ...machine, ...other })).toBeNull();
  });

  it("is none where the file was cut short, at any place", async () => {
    await storeCalibration(path, calibration);
    const whole = (await readFile(path, "utf8")).trim();
    for (const length of [0, 1, 20, whole.length - 1]) {
      await writeFile(path, whole.slice(0, length));
      expect(await readCalibration(path, machine)).toBeNull();
    }
  });

  it.each(["null", "[]", "3", '{"schema":"loadgen.calibration/2"}'])(
    "is none where the file has %s",
    async (text) => {
      await mkdir(join(folder, "home"));
      await writeFile(path, text);
      expect(await readCalibration(path, machine)).toBeNull();
    },
  );

  it("is not taken for none where the file cannot be read", async () => {
    await mkdir(path, { recursive: true });
    await expect(readCalibration(path, machine)).rejects.toThrow("EISDIR");
  });
});
