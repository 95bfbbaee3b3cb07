/**
 * The order of test files: first those that start the command line again and again, which takes
 * longest, so that no worker is left with one of them while the others have nothing to do. Vitest
 * itself goes by size where it has not seen a file run, as on a clean machine.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const startsCommands = /\/test\/(cli|live)\/|\.k6\.test\.ts$/;

export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => startsCommands.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
