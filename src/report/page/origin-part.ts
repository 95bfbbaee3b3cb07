/** Where a run comes from: its plan, the machine and the server, and the command that repeats it. */
import type { Plan } from "../../core/plan.ts";
import { counted } from "../../core/counted.ts";
import type { AnyResult } from "../../run/result.ts";
import { bytesText } from "../figures.ts";
import { runPlanLines } from "../plan-lines.ts";
import type { Line } from "../section.ts";
import { commandHtml } from "./command-html.ts";
import { repeatCommand } from "../repeat-command.ts";
import { type Html, html } from "./html.ts";
import { foldedHtml, linesHtml, remarksHtml, tableHtml } from "./section-html.ts";

export function originBody(
  { run, plan }: { readonly run: AnyResult; readonly plan: Plan },
  folder: string,
): readonly Html[] {
  return [
    ...repeatHtml(run, folder),
    html`<h3>The plan</h3>`,
    linesHtml([
      ...runPlanLines(plan, {
        server: plan.url ?? "the embedded server",
        k6: plan.engine === "k6" ? run.engine.version : null,
        folder,
      }),
      ["decisions", run.digest.decisions],
    ]),
    html`<h3>The machine and the server</h3>`,
    linesHtml(fingerprintLines(run)),
    settingsHtml(run),
    ...(run.notes.length === 0 ? [] : [html`<h3>Notes</h3>`, remarksHtml(run.notes)]),
  ];
}

function repeatHtml(run: AnyResult, folder: string): readonly Html[] {
  const command = repeatCommand(run, folder);
  if (command === null) return [];
  return [
    html`<h3>Again</h3>
      ${commandHtml(command)}`,
  ];
}

function fingerprintLines({ machine, server, engine }: AnyResult): readonly Line[] {
  const extensions = Object.entries(server.extensions).map(
    ([name, version]) => `${name} ${version}`,
  );
  return [
    [
      "machine",
      `${machine.cpu}, ${counted(machine.cores, "core")}, ${bytesText(machine.memoryBytes)} of memory`,
    ],
    ["system", `${machine.kernel}, Node.js ${machine.node}`],
    ["engine", `${engine.name}: ${engine.version}; driver ${engine.driver}`],
    [
      "server",
      `PostgreSQL ${server.version}, system identifier ${server.systemIdentifier ?? "not told"}`,
    ],
    ...(extensions.length === 0 ? [] : [["extensions", extensions.join(", ")] as const]),
  ];
}

function settingsHtml({ server }: AnyResult): Html {
  const rows = Object.entries(server.settings);
  return foldedHtml(`${counted(rows.length, "setting")} of the server`, [
    tableHtml({ title: "Settings of the server", heading: ["setting", "value"], rows }),
  ]);
}
