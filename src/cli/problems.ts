/** Wrong usage: every problem at once, exit code 2. */
export class UsageError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "UsageError";
    this.problems = problems;
  }
}

export function failOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems);
}

/** Null where `work` throws a UsageError, whose problems are then among the others. */
export async function collecting<T>(problems: string[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
