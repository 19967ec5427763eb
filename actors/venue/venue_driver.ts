/**
 * Joins a venue's adapter to its shard: effects go to the link, what the link says is posted.
 *
 * Owns: the link in use, its number, the wait before the next one, and the last check before bytes
 * leave (the logon's too): still the owner, deadline not passed, in the same tick as the write.
 * Never: decides about an order, repeats a send, or keeps one for later.
 *
 * Invariants
 *  1. A `send` is handed to the link at most once; if it is not, the shard is told so.
 *  2. Inputs reach the shard in order. While it has no room they wait here and the link does not
 *     read its socket, so that what waits is bounded by one read of it.
 *  3. A link that was given up is never heard again.
 */
import { Effect } from "effect";
import type { Scope } from "effect";
import { partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { addRestart, emptyRestartWindow } from "../../runtime/restart_intensity.ts";
import type { RestartLimit, RestartWindow } from "../../runtime/restart_intensity.ts";
import type { DriverContext, ShardDriver } from "../../runtime/shard_model.ts";
import { backOffDelay_ms } from "./back_off.ts";
import type { BackOff } from "./back_off.ts";
import { haltKey, haltKeysOf } from "./control_state.ts";
import type { HaltScope } from "./control_state.ts";
import type { LinkTimers } from "./link_timers.ts";
import type {
  MassCancelRequest,
  ResumePosition,
  SendOutcome,
  VenueConnector,
  VenueLink,
  VenueLinkSink,
  VenueRequest,
} from "./venue_link.ts";
import type { VenueEffect, VenueInput } from "./venue_input.ts";

/** Told what the driver does, for metrics and logs; called in the same tick. */
export interface VenueDriverObserver {
  readonly sent: (request: VenueRequest, at_ns: bigint) => void;
  readonly refused: (request: VenueRequest, reason: string) => void;
  readonly linkUp: (link: number) => void;
  readonly linkDown: (link: number, reason: string, fault: boolean) => void;
  /** The link has been up for a while: this node reaches the venue. */
  readonly linkStable?: (link: number) => void;
  /** Links failed more often than they may within a period: this node may not reach the venue. */
  readonly unreachable?: (reason: string) => void;
}

/** How to drive a venue. */
export interface VenueDriverOptions {
  readonly connector: VenueConnector;
  readonly timers: LinkTimers;
  readonly backOff: BackOff;
  /** Failures of links within a period beyond which the venue counts as unreachable from here. */
  readonly intensity?: RestartLimit;
  /** Longest time that the shard has to come to rest when it is to end; 2 s unless said. */
  readonly drain_ms_max?: number;
  readonly observer?: VenueDriverObserver;
}

/** A venue shard's driver. */
export interface VenueDriver extends ShardDriver<VenueEffect> {
  readonly drain: (done: () => void) => void;
  /** Logs out, closes the link and stops: nothing is posted or sent after it. */
  readonly stop: () => void;
}

/** The longest that a timer of the process can be set to, milliseconds. */
const delay_ms_max = 2_147_483_647;

/** More than the shard's own wait for answers. */
const drain_ms_max_default = 2_000;

/** Between two looks whether this process may log on again. */
const ownerLook_ms = 1_000;

/** Makes the driver of one ownership of a venue shard. The model's first effect starts its link. */
export const makeVenueDriver = (
  context: DriverContext<VenueInput>,
  options: VenueDriverOptions,
): VenueDriver => new LinkDriver(context, options);

class LinkDriver implements VenueDriver {
  readonly #context: DriverContext<VenueInput>;
  readonly #options: VenueDriverOptions;
  readonly #poster: Poster;
  #link: VenueLink | undefined;
  #linkNo = 0;
  #attempt = 0;
  #hasStopped = false;
  /** Scopes that operators have halted: nothing of an order of theirs leaves. */
  readonly #halted = new Set<string>();
  /** Last halt of each scope that is still ahead in the frame: no resume before it opens. */
  readonly #haltAhead = new Map<string, VenueEffect>();
  /** Whoever waits for the shard to come to rest. */
  #quiet = (): void => {};
  /** Links that failed lately without the venue having said why. */
  #failures: RestartWindow = emptyRestartWindow;
  /** Cancels the wait for the next link, or for the one in use to prove stable. */
  #cancelTimer = (): void => {};

  constructor(context: DriverContext<VenueInput>, options: VenueDriverOptions) {
    this.#context = context;
    this.#options = options;
    this.#poster = makePoster(context, () => this.#link);
  }

  /** A fence holds from the frame that sets it, also for what stands before it in that frame. */
  begin(effects: readonly VenueEffect[]): void {
    this.#haltAhead.clear();
    for (const effect of effects) {
      if (effect.type !== "fence" || !effect.closed) continue;
      const key = this.#haltKey(effect);
      this.#halted.add(key);
      this.#haltAhead.set(key, effect);
      if (effect.account === undefined) this.#link?.fence?.();
    }
  }

  perform(effect: VenueEffect): void {
    if (this.#hasStopped) return;
    switch (effect.type) {
      case "send":
        this.#send(effect.request);
        return;
      case "query":
        // Not asked is as good as not answered: the shard asks again.
        if (this.#context.mayAct()) this.#link?.query(effect.query);
        return;
      case "snapshot":
        // Not asked is as good as not answered: the part is unknown after its time.
        if (this.#context.mayAct()) this.#link?.snapshot?.(effect.question);
        return;
      case "restart_link":
        this.#restart(effect);
        return;
      case "fence":
        this.#fence(effect);
        return;
      case "send_mass_cancel":
        this.#massCancel(effect.request);
        return;
      case "end_link":
        this.#leave();
        this.#quiet();
        return;
      default:
        return effect satisfies never;
    }
  }

  #fence(effect: Extract<VenueEffect, { readonly type: "fence" }>): void {
    const key = this.#haltKey(effect);
    if (this.#haltAhead.get(key) === effect) this.#haltAhead.delete(key);
    if (effect.closed) this.#halted.add(key);
    else if (!this.#haltAhead.has(key)) this.#halted.delete(key);
  }

  #massCancel(request: MassCancelRequest): void {
    const refused: SendOutcome = { type: "refused", reason: "the link is down, or not ours" };
    const may = this.#context.mayAct();
    const outcome = (may ? this.#link?.massCancel?.(request) : undefined) ?? refused;
    if (outcome.type === "sent") return;
    const { clOrdId } = request;
    const answer = { clOrdId, outcome: "not_sent", reason: outcome.reason } as const;
    this.#poster.post({ type: "mass_cancel_answered", link: this.#linkNo, answer });
  }

  stop(): void {
    this.#hasStopped = true;
    this.#leave();
    this.#quiet();
  }

  /** Asks the shard to come to rest; done when it has ended its link, or after a bounded time. */
  drain(done: () => void): void {
    this.#quiet = done;
    if (this.#hasStopped) {
      done();
      return;
    }
    const { timers, drain_ms_max = drain_ms_max_default } = this.#options;
    timers.after(drain_ms_max, done);
    this.#poster.post({ type: "drain" });
  }

  #send(request: VenueRequest): void {
    const { timers, observer } = this.#options;
    const now_ns = timers.now_ns();
    const outcome: SendOutcome =
      request.kind !== "cancel" && this.#isHalted(request)
        ? { type: "refused", reason: "halted before it left" }
        : trySend(this.#link, request, now_ns, this.#context.mayAct());
    if (outcome.type === "sent") {
      observer?.sent(request, now_ns);
      return;
    }
    const { clOrdId } = request;
    observer?.refused(request, outcome.reason);
    this.#poster.post({ type: "refused_to_send", clOrdId, reason: outcome.reason });
  }

  #haltKey(scope: HaltScope): string {
    return haltKey(this.#context.shard.key as VenueId, scope);
  }

  #isHalted({ orderId }: VenueRequest): boolean {
    if (this.#halted.size === 0) return false;
    const { account, strategy } = partsOfOrderId(orderId);
    const keys = haltKeysOf(this.#context.shard.key as VenueId, account, strategy);
    return keys.some((key) => this.#halted.has(key));
  }

  #leave(): void {
    this.#cancelTimer();
    const left = this.#link;
    this.#link = undefined;
    left?.close();
  }

  #restart({ resume, notBefore }: Extract<VenueEffect, { readonly type: "restart_link" }>): void {
    const { timers, backOff } = this.#options;
    this.#leave();
    const wait_ns = notBefore === undefined ? 0n : fromNanos(notBefore) - timers.now_ns();
    const backOff_ms = backOffDelay_ms(backOff, this.#attempt, timers.random());
    const delay_ms = Math.min(delay_ms_max, Math.max(backOff_ms, Math.ceil(Number(wait_ns) / 1e6)));
    this.#attempt += 1;
    this.#cancelTimer = timers.after(delay_ms, () => this.#connect(resume));
  }

  #connect(resume: ResumePosition): void {
    if (!this.#context.mayAct()) {
      // Whoever owns the shard now may be logged on: a logon of ours would take the session away.
      this.#cancelTimer = this.#options.timers.after(ownerLook_ms, () => this.#connect(resume));
      return;
    }
    this.#linkNo += 1;
    this.#poster.post({ type: "connecting", link: this.#linkNo });
    const sink = this.#sinkOf(this.#linkNo);
    this.#link = this.#options.connector.connect(resume, sink, this.#context.mayAct);
    if (this.#poster.isWaiting()) this.#link.pause();
  }

  #sinkOf(link: number): VenueLinkSink {
    const { timers, backOff, observer } = this.#options;
    /** Does what the link in use says; one given up is not heard. */
    const heard = (act: () => void): void => {
      if (link === this.#linkNo && this.#link !== undefined) act();
    };
    const tell = (input: VenueInput): void => heard(() => this.#poster.post(input));
    return {
      loggedOn: (answer) => tell({ type: "logged_on", link, answer }),
      report: (seq, report) => tell({ type: "report", link, seq, report }),
      unreadable: (seq, report) => tell({ type: "unreadable", link, seq, report }),
      answer: (answer) => tell({ type: "answer", link, answer }),
      massCanceled: (answer) => tell({ type: "mass_cancel_answered", link, answer }),
      snapshot: (answer) => tell({ type: "snapshot", link, answer }),
      caughtUp: () =>
        heard(() => {
          this.#poster.post({ type: "connected", link });
          observer?.linkUp(link);
          this.#cancelTimer = timers.after(backOff.stable_ms, () => {
            this.#attempt = 0;
            this.#failures = emptyRestartWindow;
            observer?.linkStable?.(link);
          });
        }),
      refused: (refusal) => tell({ type: "refused", link, refusal }),
      limits: (limits) => tell({ type: "limits", link, limits }),
      down: (reason, fault, end = {}) =>
        heard(() => {
          this.#cancelTimer();
          this.#link = undefined;
          this.#poster.post({ type: "disconnected", link, reason, fault, ...end });
          observer?.linkDown(link, reason, fault);
          if (end.cause === undefined && !fault) this.#countFailure(reason);
        }),
    };
  }

  /** Too many failures one after the other: another node may reach what this one does not. */
  #countFailure(reason: string): void {
    const { timers, intensity, observer } = this.#options;
    if (intensity === undefined) return;
    const now_ms = Number(timers.now_ns() / 1_000_000n);
    const { window, exceeded } = addRestart(this.#failures, now_ms, intensity);
    this.#failures = exceeded ? emptyRestartWindow : window;
    if (!exceeded) return;
    const { period_ms } = intensity;
    this.#poster.post({ type: "unreachable", failures: window.length, period_ms });
    observer?.unreachable?.(reason);
  }
}

/** The last check before bytes leave; nothing may come between it and the write. */
const trySend = (
  link: VenueLink | undefined,
  request: VenueRequest,
  now_ns: bigint,
  isOwner: boolean,
): SendOutcome => {
  if (link === undefined) return { type: "refused", reason: "the link is down" };
  if (!isOwner) return { type: "refused", reason: "this process does not own the shard any more" };
  if (request.kind !== "cancel" && now_ns > fromNanos(request.deadline)) {
    return { type: "refused", reason: `deadline=${request.deadline} passed` };
  }
  return link.send(request);
};

interface Poster {
  readonly post: (input: VenueInput) => void;
  readonly isWaiting: () => boolean;
}

/** Posts in order; what the shard has no room for waits, and the link with it. */
const makePoster = (
  context: DriverContext<VenueInput>,
  linkInUse: () => VenueLink | undefined,
): Poster => {
  let waiting: VenueInput[] = [];
  const flush = (): void => {
    const inputs = waiting;
    let taken = 0;
    for (const input of inputs) {
      if (!context.post(input)) break;
      taken += 1;
    }
    waiting = inputs.slice(taken);
    if (waiting.length > 0) context.room(flush);
    else linkInUse()?.resume();
  };
  return {
    isWaiting: () => waiting.length > 0,
    post: (input) => {
      if (waiting.length === 0 && context.post(input)) return;
      waiting.push(input);
      if (waiting.length > 1) return;
      linkInUse()?.pause();
      context.room(flush);
    },
  };
};

/** The driver as the shard loop takes it: stopped when the shard's scope ends. */
export const venueDriver =
  (options: VenueDriverOptions) =>
  (context: DriverContext<VenueInput>): Effect.Effect<VenueDriver, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.sync(() => makeVenueDriver(context, options)),
      (driver) => Effect.sync(() => driver.stop()),
    );
