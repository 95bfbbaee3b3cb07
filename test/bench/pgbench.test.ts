import { describe, expect, it } from "vitest";
import { parseReport, parseTimes, possiblePaths } from "../../bench/pgbench.ts";

const report = `pgbench (15.20 (Debian 15.20-0+deb12u1), server 18.4)
transaction type: /tmp/point-read.sql
scaling factor: 1
query mode: prepared
number of clients: 32
number of threads: 1
maximum number of tries: 1
duration: 5 s
number of transactions actually processed: 95019
number of failed transactions: 0 (0.000%)
latency average = 1.672 ms
initial connection time = 70.110 ms
tps = 19135.512038 (without initial connection time)
`;

describe("what pgbench prints", () => {
  it("has the transactions and their rate", () => {
    expect(parseReport(report)).toEqual({ transactions: 95_019, perSecond: 19_135.512038 });
  });

  it.each([
    ["nothing", ""],
    ["a run without transactions", report.replace("95019", "")],
    ["a rate that connecting is part of", report.replace("without", "including")],
  ])("is not understood if it is %s", (_, text) => {
    expect(parseReport(text)).toBeNull();
  });
});

describe("what bash says of the processor time", () => {
  it("is the sum of user and system time", () => {
    expect(parseTimes("cpu 0.350 0.412\n")).toBe(762_000);
  });

  it("comes last, whatever the program wrote before", () => {
    expect(parseTimes("pgbench: cpu 9.000 9.000\nhello\ncpu 12.001 0.000\n")).toBe(12_001_000);
  });

  it.each(["", "cpu 0.350 0.412\nlater\n", "cpu 0,350 0,412\n", "real 1.0\n"])(
    "is not read from %j",
    (text) => {
      expect(parseTimes(text)).toBeNull();
    },
  );
});

describe("pgbench", () => {
  it("is looked for among Debian's packages first, the newest version first", () => {
    expect(possiblePaths(["9", "15", "18"], "/opt/pg/bin::/usr/bin")).toEqual([
      "/usr/lib/postgresql/18/bin/pgbench",
      "/usr/lib/postgresql/15/bin/pgbench",
      "/usr/lib/postgresql/9/bin/pgbench",
      "/opt/pg/bin/pgbench",
      "/usr/bin/pgbench",
    ]);
  });
});
