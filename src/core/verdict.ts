/** The verdict of a run, and the exit codes that scripts rely on. */

export const exitCodes = Object.freeze({
  pass: 0,
  bug: 1,
  usage: 2,
  server: 3,
  unstable: 93,
  undoFailed: 94,
  noEffect: 95,
  invariantBroken: 96,
  invalid: 97,
  regression: 98,
  thresholdFailed: 99,
  interrupted: 130,
  terminated: 143,
});

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where several apply, the first of these is the exit code. */
const precedence = [94, 96, 130, 143, 97, 95, 93, 98, 99] as const;

export type JudgedCode = (typeof precedence)[number];

/** One thing found wrong, or not knowable. */
export interface Finding {
  readonly code: JudgedCode;
  readonly reason: string;
}

export interface Verdict {
  readonly status: "pass" | "fail" | "invalid" | "unknown";
  readonly exitCode: ExitCode;
  readonly reasons: readonly string[];
}

const statusOf: Readonly<Record<JudgedCode, Verdict["status"]>> = {
  93: "unknown",
  94: "fail",
  95: "invalid",
  96: "fail",
  97: "invalid",
  98: "fail",
  99: "fail",
  130: "unknown",
  143: "unknown",
};

/** The gravest finding decides; all of them are told, gravest first. */
export function verdictOf(findings: readonly Finding[], whenFine: string): Verdict {
  const ranked = [...findings].sort(
    (one, other) => precedence.indexOf(one.code) - precedence.indexOf(other.code),
  );
  const [gravest] = ranked;
  if (gravest === undefined) return { status: "pass", exitCode: 0, reasons: [whenFine] };
  return {
    status: statusOf[gravest.code],
    exitCode: gravest.code,
    reasons: ranked.map((finding) => finding.reason),
  };
}
