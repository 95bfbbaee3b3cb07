/** Each operation's plans before a run and after it, side by side as trees, with what they took. */
import { counted, countText } from "../../core/counted.ts";
import type { PlanShape } from "../../observe/plans/plan-shape.ts";
import type { PlanFigures } from "../../observe/plans/query-plan.ts";
import type {
  Explained,
  ExplainedOperation,
  ExplainedPlan,
  ExplainedStatement,
  ExplainPass,
} from "../../run/explain/explained.ts";
import type { AnyResult } from "../../run/result.ts";
import { explainSection } from "../explain-section.ts";
import { bytesText, timeText } from "../figures.ts";
import { type Html, html, nothing } from "./html.ts";
import { contentHtml, foldedHtml, remarksHtml } from "./section-html.ts";

/** `explained`: null where the folder has none. */
export function explainBody(run: AnyResult, explained: Explained | null): readonly Html[] {
  if (run.explain === null) return [];
  const section = contentHtml(explainSection(run));
  if (explained === null) return section;
  const { before, after } = explained;
  return [
    ...[before ?? after].flatMap((pass) => (pass === null ? [] : [aboutHtml(pass)])),
    ...section,
    ...Object.entries(run.explain).map(([name, { planChanged }]) => {
      const hasChanged = planChanged !== null && planChanged.length > 0;
      return foldedHtml(`${name}${hasChanged ? ": its plan changed" : ""}`, [
        html`<div class="plans">
          ${sideHtml("Before the run", before?.operations[name])}
          ${sideHtml("After the run", after?.operations[name])}
        </div>`,
      ]);
    }),
  ];
}

function aboutHtml({ way, isReadOnly }: ExplainPass): Html {
  const how = isReadOnly
    ? "in a transaction that may only read; what would write was planned and not performed"
    : "and rolled back";
  const seen =
    way === "auto_explain"
      ? "Statements inside of functions and triggers stand below the one that sent them."
      : "The role may not load auto_explain, so statements inside of functions and triggers are not seen.";
  return html`<p>
    One transaction of each operation was performed on an otherwise idle connection, ${how}: the
    same one before the run and after it. Times are longer than they are without being measured node
    by node. ${seen}
  </p>`;
}

function sideHtml(title: string, operation: ExplainedOperation | undefined): Html {
  const { statements = [], problem = null } = operation ?? {};
  return html`<div>
    <h4>${title}</h4>
    ${statements.map(statementHtml)} ${problem === null ? nothing : remarksHtml([`${problem}.`])}
    ${statements.length === 0 && problem === null ? html`<p>Not explained.</p>` : nothing}
  </div>`;
}

function statementHtml(one: ExplainedStatement): Html {
  const { name, text, times, isEstimated, figures, plans, nested } = one;
  const often = times === 1 ? "" : ` × ${countText(times)}`;
  const took = isEstimated ? "planned only" : figuresText(figures);
  return html`<details open>
    <summary>${name}${often}: ${took}</summary>
    ${foldedHtml("its text", [html`<pre class="sql" tabindex="0">${text}</pre>`])}
    ${triggersHtml(one)} ${plans.map((plan) => planHtml(plan, { times, isEstimated }))}
    ${nested.length === 0 ? nothing : html`<div class="nested">${nested.map(statementHtml)}</div>`}
  </details>`;
}

/** They run beside the plan's nodes; foreign keys are checked by triggers. */
function triggersHtml({ figures, plans }: ExplainedStatement): Html {
  const inPlansUs = plans.reduce((sum, { shape }) => sum + shape.figures.timeUs, 0);
  // Both are sums of the same rounded times.
  const inTriggersUs = Math.round(figures.timeUs - inPlansUs);
  if (inTriggersUs <= 0) return nothing;
  return html`<p>Of it in triggers, foreign keys included: ${timeText(inTriggersUs)}.</p>`;
}

function planHtml(
  { shape, times }: ExplainedPlan,
  of: Pick<ExplainedStatement, "times" | "isEstimated">,
): Html {
  const often = times === of.times ? nothing : html`<p>${counted(times, "time")}:</p>`;
  return html`${often}
    <ul class="plan">
      ${nodeHtml(shape, of.isEstimated)}
    </ul>`;
}

function nodeHtml({ label, alike, figures, children }: PlanShape, isEstimated: boolean): Html {
  const many = alike === 1 ? "" : ` (${countText(alike)} partitions)`;
  const took = isEstimated ? nothing : html` <small>${figuresText(figures)}</small>`;
  const below =
    children.length === 0
      ? nothing
      : html`<ul>
          ${children.map((child) => nodeHtml(child, isEstimated))}
        </ul>`;
  return html`<li>${label}${many}${took}${below}</li>`;
}

/** What was not used is not mentioned. */
function figuresText(figures: PlanFigures): string {
  const { timeUs, rows, buffersHit, buffersRead, tempBlocks, walBytes } = figures;
  return [
    timeText(timeUs),
    counted(rows, "row"),
    ...(buffersHit + buffersRead > 0
      ? [`${counted(buffersHit + buffersRead, "buffer")}${readText(buffersRead)}`]
      : []),
    ...(tempBlocks > 0 ? [`${countText(tempBlocks)} of temporary files`] : []),
    ...(walBytes > 0 ? [`${bytesText(walBytes)} WAL`] : []),
  ].join(", ");
}

function readText(buffersRead: number): string {
  return buffersRead > 0 ? ` (${countText(buffersRead)} read)` : "";
}
