/** COMMANDS.md: every command of a run on many machines, in order. */
import type { Plan } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import { environment } from "../engine/k6/setting.ts";
import { sessionPrefix } from "../engine/session-name.ts";

export interface CommandsOptions {
  /** Of the TestRun and of the Secret. */
  readonly name: string;
  readonly scenario: Scenario;
  readonly image: string;
  readonly plan: Plan;
  readonly parallelism: number;
}

export function commandsText({
  name,
  scenario,
  image,
  plan,
  parallelism,
}: CommandsOptions): string {
  const { sessions } = plan;
  const runners = parallelism === 1 ? "one runner" : `${parallelism} runners`;
  return `# ${scenario.name} by ${sessions} sessions on ${runners}

Everything runs in this folder. \`URL\` is the server's address without a password, by which the runners
reach it, too; the password is in the environment variable PGPASSWORD and in a Secret, and in no file here.

1. Once, beside the runners: make the run's database and read what the sessions draw from. It prints the
   value of ${environment.server} for step 3.

   \`\`\`sh
   loadgen k6 prepare . --url "$URL"
   \`\`\`

2. Build the image, which has k6, the script and what step 1 has read; name your registry in
   \`testrun.yaml\`, too (export has \`--image\`).

   \`\`\`sh
   docker build -t ${image} .
   docker push ${image}
   \`\`\`

3. Hand the server's address and the password to the runners. \`printf\` is the shell's own, so that no
   process has the password in its arguments.

   \`\`\`sh
   printf %s "$PGPASSWORD" | kubectl create secret generic ${name} \\
     --from-literal=${environment.server}="$${environment.server}" --from-file=PGPASSWORD=/dev/stdin
   \`\`\`

4. Start, and write down what the runners print from the start: Kubernetes keeps the last 10 MiB of a
   container's log only, and the results are in it.

   \`\`\`sh
   kubectl apply -f testrun.yaml
   mkdir -p lines
   for second in $(seq 900); do  # a short run is over by the time one looks
     kubectl get testrun ${name} -o jsonpath='{.status.stage}' |
       grep -qxE 'started|stopped|finished|error' && break
     sleep 1
   done
   for pod in $(kubectl get pods -l k6_cr=${name},runner=true -o name); do
     kubectl logs --follow "$pod" > "lines/$(basename "$pod").log" &
   done
   \`\`\`

   While it runs, if you want to see what the server does (then give step 6 \`--watched\`; DATABASE is in
   prepared.json):

   \`\`\`sh
   loadgen watch --url "$URL/$DATABASE" --application-name ${sessionPrefix(scenario)}
   \`\`\`

5. Wait until every runner has ended.

   \`\`\`sh
   wait
   kubectl get testrun ${name} -o jsonpath='{.status.stage}'
   \`\`\`

6. Once, beside the runners: put the lines together, audit the database, judge, and drop the database.

   \`\`\`sh
   loadgen k6 collect . --url "$URL" --lines lines
   \`\`\`

7. Clean up.

   \`\`\`sh
   kubectl delete -f testrun.yaml
   kubectl delete secret ${name}
   \`\`\`
`;
}
