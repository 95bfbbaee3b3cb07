/** Commands to be copied from a page. */
import { type Html, html } from "./html.ts";

export function commandHtml(command: string): Html {
  return html`<p class="command"><code data-copy>${command}</code></p>`;
}
