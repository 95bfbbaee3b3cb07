/** Dead rows, sizes and vacuums of a run's tables, second by second, from its samples. */
import type { RunSample } from "../../run/listener.ts";
import type { Second, TableCourse } from "./page-data.ts";

/** More lines nobody tells apart. */
const tablesMax = 4;

type Tables = NonNullable<RunSample["tables"]>;

/** Of those tables that had most dead rows; tables are read every few seconds, and told of until the next time. */
export function tableCourses(
  samples: readonly RunSample[],
  seconds: readonly Pick<Second, "endMs">[],
): readonly TableCourse[] {
  const readings = samples.flatMap(({ atMs, tables }) => (tables ? [{ atMs, tables }] : []));
  return busiestIn(readings.map(({ tables }) => tables)).map((table) => {
    const course = readings.flatMap(({ atMs, tables }) => {
      const counts = tables[table];
      return counts === undefined ? [] : [{ atMs, counts }];
    });
    const latest = seconds.map(({ endMs }) => course.findLast(({ atMs }) => atMs <= endMs) ?? null);
    return {
      table,
      deadRows: latest.map((one) => one?.counts.deadTuples ?? null),
      bytes: latest.map((one) => one && one.counts.tableBytes + one.counts.indexBytes),
      vacuumed: latest.map((one, index) => {
        const before = latest[index - 1] ?? null;
        if (one === null || before === null) return null;
        return vacuums(one.counts) > vacuums(before.counts) ? one.counts.deadTuples : null;
      }),
    };
  });
}

function vacuums({ autovacuums, vacuums: byHand }: Tables[string]): number {
  return autovacuums + byHand;
}

function busiestIn(readings: readonly Tables[]): readonly string[] {
  const most = new Map<string, number>();
  for (const tables of readings) {
    for (const [table, { deadTuples }] of Object.entries(tables)) {
      most.set(table, Math.max(most.get(table) ?? 0, deadTuples));
    }
  }
  return [...most]
    .filter(([, deadTuples]) => deadTuples > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, tablesMax)
    .map(([table]) => table);
}
