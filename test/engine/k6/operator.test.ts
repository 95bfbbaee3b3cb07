import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { testRun } from "../../../src/engine/k6/operator.ts";

/**
 * The fields of a TestRun, k6.io/v1alpha1, by the Go types' JSON names: grafana/k6-operator,
 * api/v1alpha1/testrun_types.go at 0541ec50; those of the last two are Kubernetes' own, core/v1. Where a
 * field is a leaf, or has names of its owner's, there is null.
 */
const pod = {
  disabled: null,
  affinity: null,
  automountServiceAccountToken: null,
  env: {
    name: null,
    value: null,
    valueFrom: { secretKeyRef: { name: null, key: null, optional: null } },
  },
  image: null,
  imagePullSecrets: null,
  imagePullPolicy: null,
  metadata: { annotations: null, labels: null },
  nodeSelector: null,
  tolerations: null,
  topologySpreadConstraints: null,
  resources: { requests: { cpu: null, memory: null }, limits: { cpu: null, memory: null } },
  serviceAccountName: null,
  securityContext: null,
  containerSecurityContext: null,
  envFrom: null,
  readinessProbe: null,
  livenessProbe: null,
  initContainers: null,
  volumes: null,
  volumeMounts: null,
  priorityClassName: null,
  schedulerName: null,
};

const fields = {
  apiVersion: null,
  kind: null,
  metadata: { name: null, namespace: null, labels: null, annotations: null },
  spec: {
    script: {
      volumeClaim: { name: null, file: null, readOnly: null },
      configMap: { name: null, file: null },
      localFile: null,
    },
    parallelism: null,
    separate: null,
    arguments: null,
    ports: null,
    initializer: pod,
    starter: pod,
    runner: pod,
    quiet: null,
    paused: null,
    scuttle: null,
    cleanup: null,
    cloud: null,
    testRunId: null,
    token: null,
  },
};

interface Known {
  readonly [name: string]: Known | null;
}

/** The paths of what is no field, or is one where there should be a value. */
function unknownIn(value: unknown, known: Known | null, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownIn(item, known, path));
  if (typeof value !== "object" || value === null) return known === null ? [] : [path];
  return Object.entries(value).flatMap(([name, one]) => {
    const at = `${path}.${name}`;
    return known === null || !(name in known) ? [at] : unknownIn(one, known[name] ?? null, at);
  });
}

const options = { name: "loadgen-mixed", image: "here/k6:1", sessions: 10_000, parallelism: 20 };

type Written = ReturnType<typeof testRun>;

const written = parse(stringify(testRun(options))) as Written;

describe("the manifest", () => {
  it("has fields of TestRun v1alpha1 and no other", () => {
    expect(unknownIn(written, fields)).toEqual([]);
  });

  it("would be refused with a field that there is not", () => {
    const spec = { ...written.spec, parallel: 3, runner: { ...written.spec.runner, img: "" } };
    expect(unknownIn({ ...written, spec }, fields)).toEqual([".spec.runner.img", ".spec.parallel"]);
  });

  it("is what the operator asks for", () => {
    expect(written).toMatchObject({ apiVersion: "k6.io/v1alpha1", kind: "TestRun" });
    expect(written.spec.parallelism).toBe(20);
    expect(written.spec.script.localFile).toBe("/loadgen/script.js");
    expect(written.spec.runner.image).toBe(options.image);
    expect(written.spec.initializer.image).toBe(options.image);
    // Kubernetes takes text only.
    for (const { env } of [written.spec.runner, written.spec.initializer]) {
      for (const one of env) if ("value" in one) expect(typeof one.value).toBe("string");
    }
  });

  it("takes the server and the password from a Secret", () => {
    const secrets = written.spec.runner.env.flatMap((one) =>
      "valueFrom" in one ? [[one.name, one.valueFrom.secretKeyRef]] : [],
    );
    expect(secrets).toEqual([
      ["LOADGEN_SERVER", { name: options.name, key: "LOADGEN_SERVER", optional: false }],
      ["PGPASSWORD", { name: options.name, key: "PGPASSWORD", optional: true }],
    ]);
  });

  it("leaves the initializer's log as the operator reads it", () => {
    const names = written.spec.initializer.env.map(({ name }) => name);
    expect(names).not.toContain("K6_LOG_FORMAT");
    expect(names).not.toContain("K6_LOG_OUTPUT");
  });
});
