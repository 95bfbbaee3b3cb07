import { describe, expect, it } from "vitest";
import { coresOf, quotaCores } from "../../src/observe/cores.ts";

/** Files by their path; all others are not there. */
function files(texts: Readonly<Record<string, string>>) {
  return (path: string) => texts[path] ?? null;
}

describe("the quota of a control group", () => {
  it.each([
    ["its own", "/sys/fs/cgroup/system/server/cpu.max", "150000 100000\n", 1.5],
    ["that of a group around it", "/sys/fs/cgroup/system/cpu.max", "50000 100000\n", 0.5],
    ["the container's, as its root", "/sys/fs/cgroup/cpu.max", "200000 100000\n", 2],
    ["none where it says so", "/sys/fs/cgroup/system/server/cpu.max", "max 100000\n", null],
  ])("is %s (version 2)", (_, path, text, quota) => {
    expect(quotaCores("0::/system/server\n", files({ [path]: text }))).toBe(quota);
  });

  it("is the smallest of them", () => {
    const read = files({
      "/sys/fs/cgroup/a/cpu.max": "300000 100000",
      "/sys/fs/cgroup/cpu.max": "200000 100000",
    });
    expect(quotaCores("0::/a\n", read)).toBe(2);
  });

  it.each([
    ["250000", 2.5],
    ["-1", null],
  ])("is read in version 1, too: %s", (quota, cores) => {
    const read = files({
      "/sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us": `${quota}\n`,
      "/sys/fs/cgroup/cpu/docker/cpu.cfs_period_us": "100000\n",
    });
    const groups = "4:memory:/docker\n2:cpuacct,cpu:/docker\n0::/\n";
    expect(quotaCores(groups, read)).toBe(cores);
  });

  it("is none where nothing is known", () => {
    expect(quotaCores("", files({}))).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("the cores of a process", () => {
  it("are not known of one that is gone", () => {
    expect(coresOf(4_194_305)).toBeNull();
  });
});
