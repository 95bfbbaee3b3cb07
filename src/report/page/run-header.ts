/** The top of a run's page: the verdict with its reasons, and the figures that everybody asks for. */
import { counted, countText } from "../../core/counted.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { AnyResult } from "../../run/result.ts";
import { digits, timeText } from "../figures.ts";
import { type Html, html, nothing } from "./html.ts";
import type { Counted } from "./counters-part.ts";

export function runHeader({ run, before }: { readonly run: AnyResult } & Counted): Html {
  const { plan, server } = run;
  const about = [
    plan.scenario,
    ...(plan.system === null ? [] : [`${plan.system}, variant ${plan.variant ?? ""}`]),
    counted(plan.sessions, "session"),
    `PostgreSQL ${server.version}`,
    before.takenAt.replace("T", " ").replace(/\.\d+Z$/, " UTC"),
  ];
  return html`<header>
    <p class="about">loadgen run · ${about.join(" · ")}</p>
    ${verdictHtml(run.verdict)} ${figuresHtml(figuresOf(run))}
  </header>`;
}

/** Told apart without colours, too. */
const marks: Readonly<Record<Verdict["status"], string>> = {
  pass: "✓",
  fail: "✗",
  invalid: "!",
  unknown: "?",
};

export function verdictHtml({ status, exitCode, reasons: [first = "", ...others] }: Verdict): Html {
  return html`<div class="verdict ${status}">
    <h1>
      <span class="status"
        ><span aria-hidden="true">${marks[status]}</span> ${status.toUpperCase()}</span
      >
      <span class="reason">${first}</span>
    </h1>
    ${
      others.length === 0
        ? nothing
        : html`<ul>
            ${others.map((reason) => html`<li>${reason}</li>`)}
          </ul>`
    }
    <p class="code">exit code ${exitCode}</p>
  </div>`;
}

type Figure = readonly [name: string, value: string];

/** Of the latencies, the highest percentile that there is. */
function figuresOf({ transactions, offered, faults, operations }: AnyResult): readonly Figure[] {
  const { latencyUs } = transactions;
  const tail = (["p99_9", "p99", "p95", "p90"] as const).find((name) => latencyUs[name] !== null);
  const errors = Object.values(operations)
    .flatMap((operation) => Object.values(operation.errors))
    .reduce((sum, count) => sum + count, 0);
  return [
    ...(offered === null ? [] : [["offered a second", digits(offered.perSecond)] as const]),
    ["committed a second", digits(transactions.perSecond)],
    ["p50", timeText(latencyUs.p50)],
    ...(tail === undefined ? [] : [[tail.replace("_", "."), timeText(latencyUs[tail])] as const]),
    ["slowest", timeText(latencyUs.max)],
    ["committed", countText(transactions.committed)],
    ["aborted", countText(transactions.aborted)],
    ["failed attempts", countText(errors)],
    ...(faults.length === 0 ? [] : [["faults", countText(faults.length)] as const]),
  ];
}

export function figuresHtml(figures: readonly Figure[]): Html {
  return html`<dl class="figures">
    ${figures.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
