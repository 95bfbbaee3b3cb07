/** Conducts the sessions of a k6 on this machine; see conducting.ts. Listens on the loopback alone. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Phase } from "../../core/random.ts";
import { type Beginning, type News, ways } from "./conducting.ts";
import { K6Gone, SessionBug, SessionFailure } from "./losses.ts";
import { addProgress, noProgress, type Progress, progressFigures } from "./progress.ts";

type Answer = (body: Beginning | News) => void;

export class Conductor {
  readonly #server: Server;
  readonly #secret = randomBytes(16).toString("hex");
  readonly #sessions: number;
  readonly #ready = new Map<number, Answer>();
  readonly #ended = new Map<number, Answer>();
  readonly #progress = {
    warmup: new Map<number, Progress>(),
    measured: new Map<number, Progress>(),
  };
  readonly #allReady = deferred();
  readonly #allEnded = deferred();
  readonly #cuts: number[] = [];
  /** What our clock is ahead of the test's: as the load began, and as it ended. */
  #testOffsetMs = Number.POSITIVE_INFINITY;
  #endOffsetMs = Number.POSITIVE_INFINITY;
  #stop = false;
  #abandoned = false;
  #isOver = false;

  private constructor(server: Server, sessions: number) {
    this.#server = server;
    this.#sessions = sessions;
    // Whoever asks for it waits; nobody may.
    this.#allReady.promise.catch(() => undefined);
    this.#allEnded.promise.catch(() => undefined);
  }

  static async start(sessions: number): Promise<Conductor> {
    const server = createServer({ keepAlive: true });
    // A session may wait for hours for its answer.
    server.requestTimeout = 0;
    server.timeout = 0;
    server.keepAliveTimeout = 0;
    const conductor = new Conductor(server, sessions);
    server.on("request", (request, response) => conductor.#asked(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return conductor;
  }

  /** A secret is in it. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${this.#secret}`;
  }

  /** Resolves when all sessions are connected; rejects with a SessionFailure, a session's bug, or a K6Gone. */
  get ready(): Promise<void> {
    return this.#allReady.promise;
  }

  /** Resolves when all sessions have finished their transactions; rejects with a session's bug, or a K6Gone. */
  get ended(): Promise<void> {
    return this.#allEnded.promise;
  }

  get readySessions(): number {
    return this.#ready.size;
  }

  /** No more will come of k6. */
  gone(how: string): void {
    this.#fail(new K6Gone(how));
  }

  /** Lets all begin; the measured time begins at `zeroMs` of performance.now(). */
  begin(zeroMs: number): void {
    this.#answerAll(this.#ready, { zeroMs: zeroMs - this.#testOffsetMs });
  }

  cut(atMs: number): void {
    const lastMs = this.#cuts.at(-1) ?? 0;
    if (atMs > lastMs) this.#cuts.push(atMs);
  }

  /** The edges that sessions know. */
  get cuts(): readonly number[] {
    return this.#cuts;
  }

  stop(): void {
    this.#stop = true;
  }

  abandon(): void {
    this.#stop = true;
    this.#abandoned = true;
  }

  /** Lets all write down what they have: no more edges come. */
  finish(): void {
    this.#isOver = true;
    this.#answerAll(this.#ready, { zeroMs: null });
    this.#answerAll(this.#ended, this.#news());
  }

  /** By how much the test's clock, which is the wall clock's, went faster than ours; 0: nobody has told. */
  get clockDriftMs(): number {
    const isKnown = Number.isFinite(this.#endOffsetMs) && Number.isFinite(this.#testOffsetMs);
    return isKnown ? this.#testOffsetMs - this.#endOffsetMs : 0;
  }

  /** Whoever has not finished by now never will. */
  giveUp(): void {
    this.#allEnded.resolve();
  }

  /** As far as the sessions have told. */
  progress(phase: Phase): Progress {
    const sum = noProgress();
    for (const one of this.#progress[phase].values()) addProgress(sum, one);
    return sum;
  }

  async close(): Promise<void> {
    this.finish();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #news(): News {
    return { cuts: this.#cuts, stop: this.#stop, abandoned: this.#abandoned };
  }

  #asked(request: IncomingMessage, response: ServerResponse): void {
    const receivedMs = performance.now();
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://conductor");
    const answer: Answer = (body) => response.end(JSON.stringify(body));
    const session = Number(searchParams.get("session"));
    const word = (name: string) => searchParams.get(name) ?? "";
    switch (pathname) {
      case `/${this.#secret}/${ways.clock}`:
        // What was on its way for the shortest time says most of how the two clocks differ.
        this.#testOffsetMs = Math.min(this.#testOffsetMs, offsetMs(receivedMs, searchParams));
        return answer(this.#news());
      case `/${this.#secret}/${ways.ready}`:
        this.#ready.set(session, answer);
        if (this.#isOver) answer({ zeroMs: null });
        else if (this.#ready.size === this.#sessions) this.#allReady.resolve();
        return;
      case `/${this.#secret}/${ways.failed}`:
        this.#allReady.reject(new SessionFailure(word("code"), word("message")));
        return answer(this.#news());
      case `/${this.#secret}/${ways.bug}`:
        this.#fail(new SessionBug(session, word("message"), word("stack")));
        return answer(this.#news());
      case `/${this.#secret}/${ways.news}`:
        this.#tell(session, searchParams);
        return answer(this.#news());
      case `/${this.#secret}/${ways.end}`:
        this.#endOffsetMs = Math.min(this.#endOffsetMs, offsetMs(receivedMs, searchParams));
        this.#tell(session, searchParams);
        this.#ended.set(session, answer);
        if (this.#isOver) answer(this.#news());
        else if (this.#ended.size === this.#sessions) this.#allEnded.resolve();
        return;
      default:
        response.writeHead(404).end();
    }
  }

  #fail(why: Error): void {
    this.#allReady.reject(why);
    this.#allEnded.reject(why);
  }

  #tell(session: number, told: URLSearchParams): void {
    const phase = told.get("phase") === "warmup" ? "warmup" : "measured";
    const numbers = progressFigures.map((name) => [name, Number(told.get(name))] as const);
    this.#progress[phase].set(session, Object.fromEntries(numbers) as Progress);
  }

  #answerAll(waiting: Map<number, Answer>, body: Beginning | News): void {
    for (const answer of waiting.values()) answer(body);
    waiting.clear();
  }
}

function offsetMs(receivedMs: number, told: URLSearchParams): number {
  return receivedMs - Number(told.get("atUs")) / 1000;
}

/** A promise that others settle. */
interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
