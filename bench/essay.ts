/** The essay at the top of a fault's file, in its parts. */

const labels = [
  "What it does",
  "Why it works",
  "What proves it",
  "What it leaves behind",
  "Privileges",
  "Blast radius",
  "Managed servers",
] as const;

export type Essay = Readonly<Record<(typeof labels)[number], string>>;

/** @param source of a fault. Throws where a part is missing: the essay is the fault's documentation. */
export function essayOf(source: string): Essay {
  const [, comment = ""] = /^\/\*\*\n([\s\S]*?)\*\//.exec(source) ?? [];
  const text = comment
    .replace(/^ \* ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
  const starts = labels.map((label) => ({ label, at: text.indexOf(`${label}: `) }));
  const missing = starts.filter(({ at }) => at < 0).map(({ label }) => label);
  if (missing.length > 0) throw new Error(`the essay lacks ${missing.join(", ")}: ${text}`);
  const parts = starts.map(({ label, at }) => {
    const from = at + label.length + 2;
    const next = Math.min(text.length, ...starts.map((one) => one.at).filter((one) => one > at));
    return [label, text.slice(from, next).trim()] as const;
  });
  return Object.fromEntries(parts) as unknown as Essay;
}
