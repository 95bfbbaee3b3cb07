/**
 * What every page is: one file that loads nothing, with its style, its script and its data inside.
 * Text and tables are there without the script, which only draws the charts.
 */
import { createHash } from "node:crypto";
import { dataId } from "./data-id.ts";
import { dataBlock, type Html, html, nothing } from "./html.ts";

/** Built from client/ by scripts/build.js; the page carries them. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** A part of a page, with a heading of its own and a place in the table of contents. */
export interface Part {
  readonly id: string;
  readonly title: string;
  /** In a word or two, for the table of contents. */
  readonly short: string;
  readonly body: readonly Html[];
}

export interface Page {
  /** Of the window. */
  readonly title: string;
  /** With the page's only `h1`. */
  readonly header: Html;
  readonly parts: readonly Part[];
  readonly footer: Html;
  /** What the script draws from. */
  readonly data: { readonly kind: string };
}

export function pageText(page: Page, assets: PageAssets): string {
  const parts = page.parts.filter(({ body }) => body.length > 0);
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title}</title>
        ${elementOf("style", assets.style)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the report</a>
        ${page.header} ${contentsOf(parts)}
        <main id="content" tabindex="-1">${parts.map(partHtml)}</main>
        <footer>${page.footer}</footer>
        <div id="said" class="unseen" role="status"></div>
        ${dataBlock(dataId, page.data)} ${elementOf("script", assets.script)}
      </body>
    </html> `;
  return markup;
}

/** To the letter: the policy has the script's hash. */
function elementOf(name: "script" | "style", text: string): Html {
  return { markup: `<${name}>${text}</${name}>` };
}

/** Nothing is loaded from anywhere. Styles are inline, for charts set them on what they draw. */
function policyOf({ script }: PageAssets): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function contentsOf(parts: readonly Part[]): Html {
  if (parts.length === 0) return nothing;
  const links = parts.map(({ id, short }) => html`<li><a href="#${id}">${short}</a></li>`);
  return html`<nav aria-label="Contents">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function partHtml({ id, title, body }: Part): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>`;
}
