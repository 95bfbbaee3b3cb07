/** `loadgen k6 export`: what a k6-operator needs for a run on many machines. */
import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import type { ExitCode } from "../../core/verdict.ts";
import { moduleFiles } from "../../engine/k6/binary.ts";
import { writeScript } from "../../engine/k6/folder.ts";
import { imageFile, testRun } from "../../engine/k6/operator.ts";
import { RunFolder } from "../../run/store.ts";
import { packageRoot } from "../../server/package-root.ts";
import { exportedRequest } from "../k6-request.ts";
import { commandsText } from "../k6-commands-text.ts";
import { k6Modules } from "../k6-tools.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function k6Export(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { request, parallelism, image, out } = await exportedRequest(words, given);
  const { plan, scenario } = request;
  const { sessions } = plan;
  const path = resolve(out);
  const folder = await RunFolder.create(path);
  const name = `loadgen-${kubernetesName(scenario.name)}`;
  let isWhole = false;
  try {
    await writeScript(path, { modules: k6Modules(), plan, scenario });
    await folder.writeJson("plan.json", plan);
    await folder.write("testrun.yaml", stringify(testRun({ name, image, sessions, parallelism })));
    await folder.write("Dockerfile", imageFile);
    await folder.write("COMMANDS.md", commandsText({ name, scenario, image, plan, parallelism }));
    await copyModule(join(path, "k6"));
    isWhole = true;
  } finally {
    if (!isWhole) await folder.abandon();
  }
  const shown = shownPath(path);
  process.stdout.write(
    `${shown}: ${sessions} sessions on ${parallelism} runners; what to do next is in ${join(shown, "COMMANDS.md")}\n`,
  );
  return 0;
}

async function copyModule(folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of moduleFiles) {
    await copyFile(join(packageRoot(), "k6", name), join(folder, name));
  }
}

/** As names of Kubernetes are: RFC 1123 labels, with room for what the operator appends. */
function kubernetesName(scenario: string): string {
  const letters = scenario.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return letters.slice(0, 40).replace(/^-+|-+$/g, "") || "run";
}
