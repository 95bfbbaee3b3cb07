/**
 * Cuts SQL into the pieces that matter to a script: what is text, what is a comment, and where a
 * variable, a command or the end of a statement stands (PostgreSQL manual, section 4.1).
 */

export interface SqlToken {
  /**
   * - `command`: a backslash command, behind the dashes of a comment too; up to the end of its line.
   * - `variable`: `:name`. `parameter`: `$1`. `end`: a semicolon.
   * - `unfinished`: a string, a quoted name or a comment that lacks its end; the rest is lost to it.
   * - `sql`: everything else, piece by piece.
   */
  readonly kind: "command" | "comment" | "variable" | "parameter" | "end" | "unfinished" | "sql";
  readonly text: string;
  readonly offset: number;
}

export function sqlTokens(text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let offset = 0; offset < text.length;) {
    const { token, length } = tokenAt(text, offset);
    tokens.push(token);
    offset += length;
  }
  return tokens;
}

const tag = String.raw`(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?`;

/** At one place the first of these counts. Names may hold dollars, which then begin no string. */
const piece = new RegExp(
  [
    String.raw`(?<line>--[^\n]*)`,
    String.raw`(?<block>/\*)`,
    String.raw`(?<backslash>\\[^\n]*)`,
    String.raw`(?<closed>[eE]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|(?<dollars>\$${tag}\$)[\s\S]*?\k<dollars>)`,
    String.raw`(?<open>[eE]?'|"|\$${tag}\$)`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<end>;)`,
    String.raw`::`,
    String.raw`(?<variable>:[A-Za-z_]\w*)`,
    String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`,
    String.raw`[\s\S]`,
  ].join("|"),
  "y",
);

interface Placed {
  readonly token: SqlToken;
  /** Of the text that it takes up. */
  readonly length: number;
}

function tokenAt(text: string, offset: number): Placed {
  piece.lastIndex = offset;
  const match = piece.exec(text);
  const [found = ""] = match ?? [];
  const is = match?.groups ?? {};
  const token = (kind: SqlToken["kind"], shown = found): Placed => ({
    token: { kind, text: shown, offset },
    length: found.length,
  });
  if (is.line !== undefined) {
    const command = found.replace(/^--\s*/, "").trim();
    return command.startsWith("\\") ? token("command", command) : token("comment");
  }
  if (is.block !== undefined) return blockComment(text, offset);
  if (is.backslash !== undefined) return token("command", found.trim());
  if (is.open !== undefined) {
    return { token: { kind: "unfinished", text: is.open, offset }, length: text.length - offset };
  }
  if (is.variable !== undefined) return token("variable");
  if (is.parameter !== undefined) return token("parameter");
  return token(is.end === undefined ? "sql" : "end");
}

/** Comments nest, unlike those of the C language. */
function blockComment(text: string, offset: number): Placed {
  let depth = 0;
  for (const edge of text.slice(offset).matchAll(/\/\*|\*\//g)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth > 0) continue;
    const length = edge.index + edge[0].length;
    return {
      token: { kind: "comment", text: text.slice(offset, offset + length), offset },
      length,
    };
  }
  return { token: { kind: "unfinished", text: "/*", offset }, length: text.length - offset };
}
