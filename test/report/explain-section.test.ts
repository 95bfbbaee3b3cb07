import { expect, it } from "vitest";
import { explainSection } from "../../src/report/explain-section.ts";
import { runSections } from "../../src/report/run-sections.ts";
import { summaryMarkdown } from "../../src/report/summary-markdown.ts";
import { quietRun } from "./run-result.ts";

const taken = { timeUs: 1200, buffersHit: 30, buffersRead: 2, walBytes: 2048, walRecords: 3 };
const explain = {
  find: {
    before: taken,
    after: { ...taken, timeUs: 90_000 },
    planChanged: ["find: a became b"],
    problems: [],
  },
  keep: { before: taken, after: taken, planChanged: ["look: a became b"], problems: [] },
  same: { before: taken, after: taken, planChanged: [], problems: [] },
  part: { before: taken, after: taken, planChanged: [], problems: ["before: it writes"] },
  lost: { before: taken, after: null, planChanged: null, problems: ["after: it was late"] },
  never: { before: null, after: null, planChanged: null, problems: [] },
};

it("has what each operation took before and after, whose plan changed, and what is missing", () => {
  const { rows, remarks } = explainSection({ ...quietRun, explain });
  expect(rows[0]).toEqual(["find", "1.2 ms", "90 ms", "32", "32", "2", "2", "2 KB", "2 KB"]);
  expect(rows.map(([name]) => name)).toEqual(["find", "keep", "same", "part", "lost"]);
  expect(rows[4]?.filter((cell) => cell === "–")).toHaveLength(4);
  expect(remarks).toEqual([
    "The plan of find changed: a became b.",
    "A plan of keep changed: look: a became b.",
    "No plan changed of same.",
    "No plan changed of part, seen only as far as is told below.",
    "part, before: it writes.",
    "lost, after: it was late.",
  ]);
});

it("stands in summary.md unfolded, and nowhere if nobody asked", () => {
  const [unfolded = ""] = summaryMarkdown({ ...quietRun, explain }, "reports/one").split(
    "<details>",
  );
  expect(unfolded).toContain("\n- The plan of find changed: a became b.\n");
  expect(unfolded).not.toContain("No plan changed");
  const titles = runSections(quietRun).map(({ title }) => title);
  expect(titles).not.toContain(explainSection({ ...quietRun, explain }).title);
});
