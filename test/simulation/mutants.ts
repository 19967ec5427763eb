/**
 * Planted bugs, one of each class that the checkers must catch: a test of the tests.
 *
 * Each is a change to what is simulated (a wrapped model or service), never to the product's code.
 */
import { Context, Effect } from "effect";
import { evolve as evolveOrder } from "../../actors/order/order_evolve.ts";
import { holdingKey } from "../../actors/account_kinds.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import { shardName } from "../../protocols/kernel/shard.ts";
import { Journal } from "../../runtime/journal.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import type { ConditionSettings } from "./conditions.ts";
import { account, venue } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";
import { breakerMutants } from "./mutants_breaker.ts";
import { groupMutants } from "./mutants_groups.ts";
import { limitMutants } from "./mutants_limits.ts";
import { reconcileMutants } from "./mutants_reconcile.ts";

/** Seeds in which a planted bug must be caught. */
export const mutantSeeds_max = 30;

/** Operators strike all the time, and every venue takes few orders a second. */
const drill: ConditionSettings = {
  operators: 1,
  busy_operators: 1,
  rate_limits: 1,
  tight_limits: 1,
  long_deadlines: 1,
  nervous_breakers: 0,
  bound_orders: 0,
  manual_trades: 0,
  eager_reconciliation: 0,
};

/** Strategies alone are busy, with orders that are bound to nothing. */
const plain: ConditionSettings = {
  operators: 0,
  rate_limits: 0,
  nervous_breakers: 0,
  bound_orders: 0,
  manual_trades: 0,
  eager_reconciliation: 0,
};

/** The planted bugs by name. */
export const mutants = {
  drop_late_fill: {
    bug: "a fill on an order that has ended is dropped",
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        if (input.type === "message" && input.message.kind === "report") {
          const { orderId, execType } = input.message;
          const order = turn.space.get("order", orderId);
          if (execType === "trade" && order !== undefined && isFinal(order.phase)) return;
        }
        decide(input, turn);
      },
    })),
  },
  double_apply: {
    bug: "an execution that is told twice is booked twice",
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const get: typeof space.get = (kind, key) => {
          const state = space.get(kind, key);
          // What was booked before is not remembered.
          return typeof state === "object" && "execKeys" in state
            ? { ...state, execKeys: [] }
            : state;
        };
        const forgetful = { ...turn, space: { ...space, get } };
        if (input.type === "message" && input.message.kind === "report") {
          const { execType, execId, tsEvent } = input.message;
          const unlike = `${execId}@${tsEvent}@${turn.now}`;
          const message = { ...input.message, ...(execType === "trade" ? { execId: unlike } : {}) };
          decide({ ...input, message }, forgetful);
          return;
        }
        decide(input, forgetful);
      },
    })),
  },
  provisional_beside_real: {
    bug: "an execution that was booked provisionally is booked beside that",
    mutation: account(({ decide }) => ({
      decide: (input, turn) =>
        decide(input, {
          ...turn,
          emit: (event) => {
            if (!("replacedBy" in event)) turn.emit(event);
          },
        }),
    })),
  },
  position_applied_twice: {
    bug: "a fill moves the position twice",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event);
        if (!("execType" in event) || event.execType !== "trade") return;
        const order = space.get("order", event.orderId);
        if (order?.terms === undefined) return;
        const key = holdingKey(order.account, order.terms.instrument);
        const position = space.get("position", key);
        if (position === undefined) return;
        const signed = order.terms.side === "buy" ? event.lastQty_lots : -event.lastQty_lots;
        space.set("position", key, { ...position, netQty_lots: position.netQty_lots + signed });
      },
    })),
  },
  resend_blindly: {
    bug: "what is in doubt is sent again once the link is back",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        decide(input, turn);
        if (input.type !== "local" || input.input.type !== "connected") return;
        for (const [, { stage, command }] of turn.space.entries("request")) {
          if (stage === "in_doubt") turn.perform({ type: "send", request: command });
        }
      },
    })),
  },
  release_exposure_early: {
    bug: "a cancel on its way frees what its order had reserved",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        const exposures = new Map(space.entries("exposure"));
        evolve(space, event);
        if (!("execType" in event) || event.execType !== "pending_cancel") return;
        const order = space.get("order", event.orderId);
        if (order?.terms === undefined) return;
        const key = holdingKey(order.account, order.terms.instrument);
        const exposure = exposures.get(key);
        if (exposure === undefined) return;
        const open = order.terms.orderQty_lots - order.cumQty_lots;
        const side = order.terms.side === "buy" ? "openBuy_lots" : "openSell_lots";
        space.set("exposure", key, { ...exposure, [side]: exposure[side] - open });
      },
    })),
  },
  forget_leg_back: {
    bug: "a leg that a bust brings back after its order's end is taken for dead",
    conditions: plain,
    faults: { trade_busted: 0.5, venue_rejects_change: 0.3 },
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        if (input.type === "message" && input.message.kind === "report") {
          const { leavesQty_lots: _, ...message } = input.message;
          const order = turn.space.get("order", message.orderId);
          const hasEnded = order !== undefined && order.phase !== "filled" && isFinal(order.phase);
          decide(hasEnded ? { ...input, message } : input, turn);
          return;
        }
        decide(input, turn);
      },
    })),
  },
  end_doubt_by_guess: {
    bug: "an order in doubt is taken for dead without proof",
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        if (input.type === "message" && input.message.kind === "report") {
          const { message } = input;
          if (message.execType === "in_doubt") {
            decide({ ...input, message: { ...message, execType: "not_sent" } }, turn);
            return;
          }
        }
        decide(input, turn);
      },
    })),
  },
  absence_is_proof: {
    from: 20,
    bug: "one query that finds nothing proves that a request never arrived",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        if (input.type === "local" && input.input.type === "answer") {
          const { answer } = input.input;
          if (answer.order === undefined) {
            const later = String(BigInt(answer.askedAt) + 10_000_000_000n);
            const sure = { ...answer, askedAt: later as typeof answer.askedAt, asOfSeq: 0 };
            decide({ ...input, input: { ...input.input, answer: sure } }, turn);
            return;
          }
        }
        decide(input, turn);
      },
    })),
  },
  repeat_is_news: {
    bug: "an execution that is told again after a bust of its order is counted once more",
    conditions: plain,
    faults: { trade_busted: 0.6, execution_repeated_late: 0.8 },
    mutation: venue(({ evolve }) => ({
      evolve: (space, event) => {
        if (!("told" in event) || event.told?.amended === undefined) {
          evolve(space, event);
          return;
        }
        const { amended: _, ...told } = event.told;
        evolve(space, { ...event, told });
      },
    })),
  },
  forget_early_cancel: {
    bug: "a cancel that overtook its submit is forgotten",
    mutation: account(({ decide }) => ({
      decide: (input, turn) =>
        decide(input, {
          ...turn,
          emit: (event) => {
            if (!("execType" in event) || event.execType !== "early_cancel") turn.emit(event);
          },
        }),
    })),
  },
  answer_twice: {
    bug: "a version is used twice",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event);
        if (!("execType" in event) || event.execType !== "replace_rejected") return;
        const order = space.get("order", event.orderId);
        if (order === undefined) return;
        space.set("order", event.orderId, { ...order, version: order.version - 1 });
      },
    })),
  },
  cum_from_venue: {
    bug: "the end of an order sets its cumulative quantity to what was lost",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        evolve(space, event);
        if (!("execType" in event) || event.execType !== "canceled") return;
        const order = space.get("order", event.orderId);
        if (order === undefined || order.cumQty_lots === 0) return;
        space.set("order", event.orderId, { ...order, cumQty_lots: 0 });
      },
    })),
  },
  evolve_remembers: {
    bug: "a state depends on how often this process has run",
    mutation: account(({ evolve }) => {
      let events = 0;
      return {
        evolve: (space, event) => {
          events += 1;
          evolve(space, event);
          if (!("execType" in event) || event.execType !== "pending_new") return;
          const order = space.get("order", event.orderId);
          if (order === undefined) return;
          space.set("order", event.orderId, { ...order, requests: order.requests + (events % 2) });
        },
      };
    }),
  },
  order_books_itself: {
    bug: "an order's trade changes the order and not the position",
    mutation: account(({ evolve }) => ({
      evolve: (space, event) => {
        const isTrade = "execType" in event && event.execType === "trade";
        if (!isTrade || event.lastQty_lots !== 1) {
          evolve(space, event);
          return;
        }
        space.set("order", event.orderId, evolveOrder(space.get("order", event.orderId), event));
      },
    })),
  },
  kill_forgets_the_queue: {
    conditions: drill,
    from: 20,
    bug: "a halt does not stop an order that waits for the rate budget",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const get: typeof space.get = (kind, key) =>
          kind === "halt" ? undefined : space.get(kind, key);
        // What comes by itself: time, and what the venue says.
        const comesByItself = input.type === "timer" || input.type === "local";
        decide(input, comesByItself ? { ...turn, space: { ...space, get } } : turn);
      },
    })),
  },
  halt_lets_commands_pass: {
    conditions: drill,
    bug: "a halt does not stop what account shards still send",
    mutation: venue(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const get: typeof space.get = (kind, key) =>
          kind === "halt" ? undefined : space.get(kind, key);
        const isMessage = input.type === "message";
        decide(input, isMessage ? { ...turn, space: { ...space, get } } : turn);
      },
    })),
  },
  halted_account_goes_on: {
    conditions: drill,
    bug: "orders and replaces of a halted account are taken and sent",
    mutation: account(({ decide }) => ({
      decide: (input, turn) => {
        const { space } = turn;
        const blind: typeof space = {
          ...space,
          size: (kind) => (kind === "tradingRule" ? 0 : space.size(kind)),
          get: (kind, key) => {
            const state = space.get(kind, key);
            const isRuled = typeof state === "object" && "tradingState" in state;
            return isRuled ? { ...state, tradingState: "active" } : state;
          },
        };
        decide(input, input.type === "command" ? { ...turn, space: blind } : turn);
      },
    })),
  },
  kill_only_halts: {
    conditions: drill,
    bug: "a kill halts, and cancels nothing of what is open",
    mutation: account(({ decide }) => ({
      decide: (input, turn) =>
        decide(input, {
          ...turn,
          timer: (id, at_ns) => {
            if (!id.startsWith("operator_cancel:")) turn.timer(id, at_ns);
          },
        }),
    })),
  },
  ...groupMutants,
  ...limitMutants,
  ...breakerMutants,
  ...reconcileMutants,
  ignore_fence: {
    bug: "a refused append is taken for stored",
    mutation: {
      services: (services) => {
        const journal = Context.get(services, Journal);
        const append: typeof journal.append = (shard, expectedSeq, data) =>
          journal
            .append(shard, expectedSeq, data)
            .pipe(Effect.catchTag("JournalFenced", () => Effect.succeed(expectedSeq + 1)));
        return Context.add(services, Journal, { ...journal, append });
      },
    },
  },
  send_before_commit: {
    bug: "an append is answered before it is stored",
    mutation: {
      services: (services) => {
        const journal = Context.get(services, Journal);
        const append: typeof journal.append = (shard, expectedSeq, data) =>
          Effect.suspend(() => {
            const text = Buffer.from(data).toString();
            const isEpoch = text.includes('"kind":"epoch"');
            const stored = journal.append(shard, expectedSeq, data);
            if (isEpoch) return stored;
            return Effect.as(Effect.forkDetach(stored), expectedSeq + 1);
          });
        return Context.add(services, Journal, { ...journal, append });
      },
    },
  },
  position_read_before_commit: {
    bug: "the reading position moves when a message is delivered, not when it is committed",
    mutation: {
      services: (services, memory) => {
        const mailbox = Context.get(services, Mailbox);
        const consume: typeof mailbox.consume = (shard, lane, afterSeq, intake) => {
          const key = `${shardName(shard)} ${lane}`;
          const from = Math.max(afterSeq, memory.get(key) ?? 0);
          return mailbox.consume(shard, lane, from, {
            ...intake,
            deliver: (delivery) => {
              memory.set(key, Math.max(memory.get(key) ?? 0, delivery.seq));
              return intake.deliver(delivery);
            },
          });
        };
        return Context.add(services, Mailbox, { ...mailbox, consume });
      },
    },
  },
} as const satisfies Readonly<Record<string, Mutant>>;

/** The name of a planted bug. */
export type MutantName = keyof typeof mutants;
