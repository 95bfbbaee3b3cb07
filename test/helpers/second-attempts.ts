/** Says which tests passed only when they were tried again: nobody is to learn of it by chance. */
import type { Reporter, TestModule } from "vitest/node";

export default class SecondAttempts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) =>
      [...module.children.allTests("passed")]
        .filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0)
        .map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    );
    if (names.length === 0) return;
    process.stdout.write(
      ["\npassed only when tried again, which wants mending:", ...names, ""].join("\n  "),
    );
  }
}
