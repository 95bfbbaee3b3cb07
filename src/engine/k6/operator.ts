/**
 * What the k6-operator is given: a TestRun, and the image that its runners are made of. Field names
 * are those of k6.io/v1alpha1, api/v1alpha1/testrun_types.go in grafana/k6-operator.
 */
import { scriptFile } from "./folder.ts";
import { environment, settingFile, worldFile } from "./setting.ts";

export interface TestRunOptions {
  readonly name: string;
  readonly image: string;
  readonly sessions: number;
  readonly parallelism: number;
}

/** Where the image has the script, and beside it what it is told. */
const imageFolder = "/loadgen";

/** Of a runner with nothing to do, and of each session in it; see docs/k6-many-machines.md. */
const runnerMebibytes = 150;
const sessionMebibytes = 3;

/** So many sessions keep about one core busy with short transactions. */
const sessionsEachCore = 250;

/** k6 in quiet: its own counts would only grow, and session lines stand alone in what it prints. */
export const runnerEnvironment: Readonly<Record<string, string>> = Object.freeze({
  // Otherwise a module that it has not would be asked for on the network.
  K6_AUTO_EXTENSION_RESOLUTION: "false",
  K6_NO_USAGE_REPORT: "true",
  K6_NO_THRESHOLDS: "true",
  K6_SUMMARY_MODE: "disabled",
  K6_NO_COLOR: "true",
  K6_LOG_FORMAT: "raw",
  K6_LOG_OUTPUT: "stdout",
});

/**
 * A TestRun. Options of k6 stand in the runners' environment, for the operator hands arguments on to
 * `k6 archive`, too, which does not know them; and the initializer has an environment of its own, for
 * the operator looks for `level=error` in its log, which another format would hide.
 */
export function testRun({ name, image, sessions, parallelism }: TestRunOptions) {
  const each = Math.ceil(sessions / parallelism);
  const secret = (key: string) => ({
    name: key,
    valueFrom: { secretKeyRef: { name, key, optional: key !== environment.server } },
  });
  return {
    apiVersion: "k6.io/v1alpha1",
    kind: "TestRun",
    metadata: { name },
    spec: {
      parallelism,
      // Without cleanup: what it takes away with the pods is their logs, where the results are.
      separate: false,
      script: { localFile: `${imageFolder}/${scriptFile}` },
      initializer: {
        image,
        env: [
          { name: "K6_AUTO_EXTENSION_RESOLUTION", value: "false" },
          { name: "K6_NO_USAGE_REPORT", value: "true" },
        ],
      },
      runner: {
        image,
        env: [
          ...Object.entries(runnerEnvironment).map(([key, value]) => ({ name: key, value })),
          secret(environment.server),
          secret("PGPASSWORD"),
        ],
        resources: {
          requests: {
            cpu: String(Math.max(1, Math.ceil(each / sessionsEachCore))),
            memory: `${runnerMebibytes + sessionMebibytes * each}Mi`,
          },
          limits: { memory: `${2 * (runnerMebibytes + sessionMebibytes * each)}Mi` },
        },
      },
    },
  };
}

/** Builds k6 from the module in k6/. The initializer needs a shell, so the image has one. */
export const imageFile = `FROM golang:1.25-alpine AS build
WORKDIR /k6
COPY k6/ ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /usr/bin/k6 .

FROM alpine:3.22
RUN apk add --no-cache ca-certificates
COPY --from=build /usr/bin/k6 /usr/bin/k6
COPY ${scriptFile} ${settingFile} ${worldFile} ${imageFolder}/
ENV K6_AUTO_EXTENSION_RESOLUTION=false
USER 12345
WORKDIR ${imageFolder}
ENTRYPOINT ["k6"]
`;
