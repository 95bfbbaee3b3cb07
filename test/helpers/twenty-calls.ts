/**
 * A scenario file of which one transaction calls the slowed function twenty times: whatever the
 * machine does meanwhile, the variants current and slowed differ several-fold.
 */
export const twentyCalls = `
  import { atomically, defaultRetry, defineScenario, execute, statement } from "loadgen";

  const call = statement("call", \`
    select count(*)::int4 as unresolved
    from (select dms.InsertReferences('{}', '{}', '{}', '{}') from generate_series(1, 20)) as called\`);

  export const calls = defineScenario({
    name: "calls",
    summary: "twenty calls that write nothing",
    system: "dms",
    operations: ["calls"],
    defaults: { sessions: 1, thinkMs: [0, 0] },
    options: {},
    retry: defaultRetry,
    thresholds: { aborted: ["count == 0"] },
    *prepare() {},
    draw(_random, _world, context) {
      return { operation: "calls", inputs: [], steps: () => atomically(context, () => execute(call)) };
    },
  });`;
