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

/**
 * At one place the first of these counts. Names may hold dollars, which then begin no string. The groups
 * are told by their numbers: k6 knows no names of them in a match.
 */
const piece = new RegExp(
  [
    String.raw`(--[^\n]*)`,
    String.raw`(/\*)`,
    String.raw`(\\[^\n]*)`,
    String.raw`(?:[eE]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|(\$${tag}\$)[\s\S]*?\4)`,
    String.raw`([eE]?'|"|\$${tag}\$)`,
    String.raw`(\$\d+)`,
    String.raw`(;)`,
    String.raw`::`,
    String.raw`(:[A-Za-z_]\w*)`,
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
  const match: readonly (string | undefined)[] = piece.exec(text) ?? [];
  const [found = "", line, block, backslash, , open, parameter, end, variable] = match;
  const token = (kind: SqlToken["kind"], shown = found): Placed => ({
    token: { kind, text: shown, offset },
    length: found.length,
  });
  if (line !== undefined) {
    const command = found.replace(/^--\s*/, "").trim();
    return command.startsWith("\\") ? token("command", command) : token("comment");
  }
  if (block !== undefined) return blockComment(text, offset);
  if (backslash !== undefined) return token("command", found.trim());
  if (open !== undefined) {
    return { token: { kind: "unfinished", text: open, offset }, length: text.length - offset };
  }
  if (variable !== undefined) return token("variable");
  if (parameter !== undefined) return token("parameter");
  return token(end === undefined ? "sql" : "end");
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
