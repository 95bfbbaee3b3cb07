/** Which requests a live page's server answers: those of a browser on this machine, for what is there. */
import type { IncomingMessage } from "node:http";
import { hostProblem } from "../core/loopback.ts";
import { eventsPath } from "../report/page/live-event.ts";

export type Answer =
  | { readonly kind: "page" }
  /** `after`: the number of the last event that it has heard; 0 for none. */
  | { readonly kind: "events"; readonly after: number }
  | { readonly kind: "refused"; readonly status: number; readonly text: string };

interface Own {
  readonly port: number;
  readonly token: string;
}

export function answerTo(
  { method, url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  { port, token }: Own,
): Answer {
  const problem = hostProblem(headers.host, port);
  if (problem !== null) return refused(403, problem);
  if (method !== "GET") return refused(405, "expected GET");
  if (url === "/") return { kind: "page" };
  if (url === eventsPath(token)) return { kind: "events", after: numberIn(headers) };
  // Browsers ask for it by themselves, and complain when it is not found.
  if (url === "/favicon.ico") return refused(204, "");
  // Of another run, which had this port before: 204 ends its asking (HTML, section 9.2).
  if (url.startsWith(eventsPath(""))) return refused(204, "");
  return refused(404, "expected /");
}

function refused(status: number, text: string): Answer {
  return { kind: "refused", status, text };
}

function numberIn(headers: IncomingMessage["headers"]): number {
  const [text] = [headers["last-event-id"] ?? ""].flat();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
