/**
 * Which of the machine's cores a process may use. In a container /proc/stat tells of the whole
 * machine: cores that the server may not run on must not make it look idle.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { coresInList } from "../core/cpu-list.ts";

/**
 * Numbers of the cores that a process may run on, as the scheduler has them (sched_setaffinity(2),
 * cpusets). Null where the system does not tell, or where a quota (such as `docker run --cpus`)
 * holds the process below them: then an idle core is not one that it could have had.
 */
export function coresOf(pid: number): ReadonlySet<number> | null {
  const status = textOf(`/proc/${pid}/status`) ?? "";
  const cores = new Set(coresInList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? ""));
  if (cores.size === 0) return null;
  const quota = quotaCores(textOf(`/proc/${pid}/cgroup`) ?? "", textOf);
  return quota !== null && quota < cores.size ? null : cores;
}

/**
 * The smallest CPU quota of a process's control group and of those around it, in cores; null: none.
 * In a container the path may be the host's, which is not there: the root then is the container's.
 * @param groups the text of /proc/<pid>/cgroup (cgroups(7)): `0::/path` is version 2, whose file is
 * cpu.max; `4:cpu,cpuacct:/path` is version 1.
 */
export function quotaCores(groups: string, read: (path: string) => string | null): number | null {
  const quotas = [...groups.matchAll(/^\d+:([^:\n]*):(\/.*)$/gm)].flatMap(
    ([, controllers = "", path = "/"]) => {
      if (controllers === "") {
        return ancestors(path).map((one) => quotaIn(read(`/sys/fs/cgroup${one}/cpu.max`) ?? ""));
      }
      if (!controllers.split(",").includes("cpu")) return [];
      return ancestors(path).map((one) => {
        const file = (name: string) => read(`/sys/fs/cgroup/cpu${one}/cpu.cfs_${name}_us`) ?? "";
        return quotaIn(`${file("quota").trim()} ${file("period").trim()}`);
      });
    },
  );
  const known = quotas.filter((quota) => quota !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Quota and period, both in us: `200000 100000` is two cores; `max` and `-1` are no limit. */
function quotaIn(text: string): number | null {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  return quota === undefined ? null : Number(quota) / Number(period);
}

/** A path and all above it, the root as "". */
function ancestors(path: string): readonly string[] {
  return path === "/" ? [""] : [path, ...ancestors(dirname(path))];
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // Another operating system, a process that is gone, a group without a limit.
  }
}
