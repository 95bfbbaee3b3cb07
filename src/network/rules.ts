/** The rules that are in force, and what each of them did since it was applied. */
import { Random } from "../core/random.ts";
import {
  type Direction,
  directions,
  type NetworkCounts,
  type NetworkRule,
  type RuleKind,
} from "../faults/ways.ts";

type RuleOf<Kind extends RuleKind> = Extract<NetworkRule, { readonly kind: Kind }>;

interface InForce {
  readonly rule: NetworkRule;
  hits: number;
  heldMs: number;
  readonly bytesBefore: number;
  /** By whom the draws are for, so that one connection shifts no other's. */
  readonly draws: Map<string, Random>;
}

/** With a bandwidth, a chunk is cut into pieces of this length of time: what follows is not held up by all of it. */
const piecesPerSecond = 20;
const pieceBytesMin = 64;

/** As large as a window of TCP grows by default: then a long way alone does not make the pipe narrow. */
const queueBytesMax = 4_194_304;
const queueBytesMin = 4_096;

export class Rules {
  readonly #inForce = new Map<RuleKind, InForce>();
  /** When the last piece is through the bottleneck. */
  readonly #throughMs: Record<Direction, number> = { "to-server": 0, "to-client": 0 };
  #bytes = 0;

  apply(rule: NetworkRule): void {
    if (rule.kind === "bandwidth") {
      for (const direction of directions) this.#throughMs[direction] = 0;
    }
    const draws = new Map<string, Random>();
    this.#inForce.set(rule.kind, { rule, hits: 0, heldMs: 0, bytesBefore: this.#bytes, draws });
  }

  lift(kind: RuleKind): void {
    this.#inForce.delete(kind);
  }

  counts(kind: RuleKind): NetworkCounts {
    const found = this.#inForce.get(kind);
    if (found === undefined) return { hits: 0, heldMs: 0, bytes: 0 };
    const { hits, heldMs, bytesBefore } = found;
    return { hits, heldMs, bytes: this.#bytes - bytesBefore };
  }

  passed(bytes: number): void {
    this.#bytes += bytes;
  }

  hit(kind: RuleKind, heldMs: number): void {
    const found = this.#inForce.get(kind);
    if (found === undefined) return;
    found.hits++;
    found.heldMs += heldMs;
  }

  /** How long a COMMIT is to wait. */
  get commitDelayMs(): number {
    return this.#ruleOf("commit-delay")?.ms ?? 0;
  }

  /** Whether this one is hit, of those that `who` has of them: drawn anew at each call. */
  strikes(kind: "commit-reply-lost" | "parse-cut", who: string): boolean {
    const rule = this.#ruleOf(kind);
    return rule !== null && this.#drawsOf(kind, who, rule.seed).below(100) < rule.percent;
  }

  /** When a piece that came now arrives. */
  arrivalMs(direction: Direction, bytes: number, nowMs: number): number {
    const throughMs = this.#afterBottleneck(direction, bytes, nowMs);
    const latency = this.#ruleOf("latency");
    if (latency?.directions.includes(direction) !== true) return throughMs;
    const { ms, jitterMs, seed } = latency;
    const spread = this.#drawsOf("latency", direction, seed).between(-jitterMs, jitterMs);
    const heldMs = Math.max(0, ms + spread);
    this.hit("latency", heldMs);
    return throughMs + heldMs;
  }

  /** The largest piece that passes as one. */
  get pieceBytesMax(): number {
    const bandwidth = this.#ruleOf("bandwidth");
    if (bandwidth === null) return Number.POSITIVE_INFINITY;
    return Math.max(pieceBytesMin, Math.ceil(bandwidth.bytesPerSecond / piecesPerSecond));
  }

  /** How much may be on its way on one connection before its sender has to wait. */
  get queueBytesMax(): number {
    const bandwidth = this.#ruleOf("bandwidth");
    if (bandwidth === null) return queueBytesMax;
    return Math.min(queueBytesMax, Math.max(queueBytesMin, bandwidth.bytesPerSecond / 4));
  }

  #afterBottleneck(direction: Direction, bytes: number, nowMs: number): number {
    const bandwidth = this.#ruleOf("bandwidth");
    if (bandwidth === null) return nowMs;
    const fromMs = Math.max(nowMs, this.#throughMs[direction]);
    const throughMs = fromMs + (bytes * 1000) / bandwidth.bytesPerSecond;
    this.#throughMs[direction] = throughMs;
    this.hit("bandwidth", throughMs - nowMs);
    return throughMs;
  }

  #ruleOf<Kind extends RuleKind>(kind: Kind): RuleOf<Kind> | null {
    // What is under a kind is of that kind.
    return (this.#inForce.get(kind)?.rule ?? null) as RuleOf<Kind> | null;
  }

  #drawsOf(kind: RuleKind, who: string, seed: string): Random {
    const draws = this.#inForce.get(kind)?.draws ?? new Map<string, Random>();
    let random = draws.get(who);
    if (random === undefined) {
      random = new Random(`${seed}/${who}`);
      draws.set(who, random);
    }
    return random;
  }
}
