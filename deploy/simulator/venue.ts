/**
 * One exchange, put together: instruments with book, replay and feed; the order desk; sessions.
 *
 *   recording → MarketReplay → MatchingBook ← OrderDesk ← requests (order_link)
 *                                   ↓             ↓
 *                              MarketFeed    VenueSession (report log) → order_link
 *
 * Owns: that wiring, and the rule that after each step the feeds are told.
 * Never: knows a socket.
 */
import type {
  SimCancel,
  SimMassCancel,
  SimNewOrder,
  SimRejectCode,
  SimReplace,
  SimReport,
} from "../../protocols/sim_wire.ts";
import { amendLater } from "./amendment_fault.ts";
import { VenueConditions } from "./conditions.ts";
import { IdMaker } from "./id_maker.ts";
import { MarketDriver } from "./market_driver.ts";
import { MarketFeed } from "./market_feed.ts";
import { MarketReplay } from "./market_replay.ts";
import { MatchingBook } from "./matching_book.ts";
import { OrderDesk } from "./order_desk.ts";
import type { Listing } from "./order_desk.ts";
import type { Recording } from "./recording.ts";
import type { VenueSettings } from "./settings.ts";
import type { StateFile } from "./state_file.ts";
import type { VenueClock } from "./venue_clock.ts";
import { isWorking } from "./venue_order.ts";
import type { UnnumberedReport, VenueExecution, VenueOrder } from "./venue_order.ts";
import { recordOf, restore } from "./venue_state.ts";
import type { ReportSubject, RestoredState } from "./venue_state.ts";
import { VenueSession } from "./venue_session.ts";
import type { SessionLink } from "./venue_session.ts";

/** One instrument at this venue. */
export interface Market {
  readonly listing: Listing;
  readonly feed: MarketFeed;
  readonly replay: MarketReplay;
  readonly driver: MarketDriver;
}

/** A request that changes orders. */
export type OrderRequest = SimNewOrder | SimCancel | SimReplace;

const withoutNumber = ({ seq: _, type: __, ...report }: SimReport): UnnumberedReport => report;

/** Monotonic time in whole ms. */
export const nowOf_ms = (clock: VenueClock): number => Math.floor(clock.now_ns() / 1_000_000);

/** One exchange. */
export class Venue {
  readonly settings: VenueSettings;
  readonly clock: VenueClock;
  /** Differs after every start of the process. */
  readonly incarnation: string;
  readonly conditions: VenueConditions;
  readonly markets = new Map<string, Market>();
  readonly sessions = new Map<string, VenueSession>();
  readonly desk: OrderDesk;
  readonly #ids: IdMaker;
  readonly #stateFile: StateFile | undefined;
  #requests = 0;
  readonly #watched = new Set<string>();
  #isStarted = false;

  /** With `stateFile` the venue takes up what it holds, and goes on writing there. */
  constructor(
    settings: VenueSettings,
    recordings: readonly Recording[],
    clock: VenueClock,
    stateFile?: StateFile,
  ) {
    this.settings = settings;
    this.clock = clock;
    this.#stateFile = stateFile;
    const specs = new Map(recordings.map(({ spec }) => [spec.instrument, spec]));
    const before = stateFile && restore(stateFile.records, specs);
    const isSame = settings.restartsAs === "same";
    const fresh = BigInt(clock.wall_ns()).toString(36);
    this.incarnation = (isSame ? before?.incarnation : undefined) ?? fresh;
    this.#ids = new IdMaker(settings.venue, this.incarnation, settings.idsAreReused);
    this.conditions = new VenueConditions(settings.seed, settings.latency);
    const listings = new Map<string, Listing>();
    this.desk = new OrderDesk(
      {
        ids: this.#ids,
        listings,
        fees: settings.fees,
        clOrdIds_max: settings.clOrdIds_max,
      },
      {
        onReport: (session, report, subject) => this.#report(session, report, subject),
        onClientMatch: (listing, trade) => {
          const feed = this.markets.get(listing.spec.instrument)?.feed;
          // A fill by a recorded trade is in the feed already, as that trade.
          if (trade.taker !== undefined) {
            feed?.traded(trade.price_ticks, trade.qty_lots, trade.aggressor);
          }
        },
        onExecution: (order, execution) => this.#executed(order, execution),
      },
    );
    for (const recording of recordings) {
      const market = this.#openMarket(recording);
      listings.set(recording.spec.instrument, market.listing);
      this.markets.set(recording.spec.instrument, market);
    }
    stateFile?.append({ kind: "started", incarnation: this.incarnation });
    if (before !== undefined) this.#takeUp(before, isSame);
  }

  /** Requests that changed or tried to change orders, so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Lets the markets run. */
  start(): void {
    this.#isStarted = true;
    for (const { driver } of this.markets.values()) driver.start();
  }

  /** Stops every timer of the markets. */
  stop(): void {
    this.#isStarted = false;
    for (const { driver, feed } of this.markets.values()) {
      driver.stop();
      feed.close();
    }
  }

  /** The session of that name, created on first use; undefined when there are too many. */
  logon(name: string, link: SessionLink, cancelOnDisconnect: boolean): VenueSession | undefined {
    const isFull = this.sessions.size >= this.settings.sessions_max;
    if (isFull && !this.sessions.has(name)) return undefined;
    const session = this.#session(name);
    const before = session.link;
    if (before !== undefined) {
      before.onTakenOver();
      this.disconnected(session, before);
    }
    session.attach(link, cancelOnDisconnect);
    this.#watch(name, cancelOnDisconnect);
    return session;
  }

  /** Cancels every open order of every session. */
  cancelEverything(text: string): void {
    for (const name of this.sessions.keys()) {
      this.desk.cancelAll(name, text, this.clock.wall_ns());
    }
    this.#tellFeeds();
  }

  /** The market stands still. */
  freeze(): void {
    for (const { driver } of this.markets.values()) driver.stop();
  }

  /** It goes on. */
  thaw(): void {
    if (this.#isStarted) for (const { driver } of this.markets.values()) driver.start();
  }

  /** A connection ended. Cancels the session's open orders if it asked for that at logon. */
  disconnected(session: VenueSession, link: SessionLink): void {
    if (!session.detach(link) || !session.cancelOnDisconnect) return;
    this.#watch(session.name, false);
    this.desk.cancelAll(session.name, "cancel on disconnect", this.clock.wall_ns());
    this.#tellFeeds();
  }

  /** Carries out a request of a session. */
  handle(session: VenueSession, request: OrderRequest): void {
    this.#requests += 1;
    const tsEvent = this.clock.wall_ns();
    switch (request.type) {
      case "new_order":
        this.desk.newOrder(session.name, request, tsEvent);
        break;
      case "cancel":
        this.desk.cancel(session.name, request, tsEvent);
        break;
      case "replace":
        this.desk.replace(session.name, request, tsEvent);
        break;
      default:
        return request satisfies never;
    }
    this.#tellFeeds();
  }

  /** Refuses a good request for that reason. */
  reject(session: VenueSession, request: OrderRequest, rejectCode: SimRejectCode): void {
    this.#requests += 1;
    this.desk.reject(session.name, request, rejectCode, this.clock.wall_ns());
  }

  /** `mass_cancel`: gives how many orders it ended. */
  massCancel(session: VenueSession, request: SimMassCancel): number {
    this.#requests += 1;
    const affected = this.desk.massCancel(session.name, request, this.clock.wall_ns());
    this.#tellFeeds();
    return affected;
  }

  #report(name: string, unnumbered: UnnumberedReport, subject: ReportSubject): void {
    this.#session(name).report(unnumbered, (report) =>
      this.#stateFile?.append(recordOf(name, report, subject, this.#ids.made)),
    );
  }

  /** Writes down whether a session's orders go with its connection. */
  #watch(session: string, cancelOnDisconnect: boolean): void {
    if (this.#watched.has(session) === cancelOnDisconnect) return;
    if (cancelOnDisconnect) this.#watched.add(session);
    else this.#watched.delete(session);
    this.#stateFile?.append({ kind: "watched", session, cancelOnDisconnect });
  }

  #takeUp(before: RestoredState, isSame: boolean): void {
    const { registry } = this.desk;
    if (isSame) this.#ids.continueFrom(before.made.orders, before.made.executions);
    for (const [name, reports] of before.reports) {
      const { log } = this.#session(name);
      for (const { report, isPast } of reports) {
        if (isPast || !isSame) log.keepPast(report);
        else log.append(withoutNumber(report));
      }
    }
    registry.takeUp(before.orders, before.ids);
    for (const order of before.orders) this.desk.recount(order);
    const wall_ns = this.clock.wall_ns();
    for (const order of before.orders) if (isWorking(order)) this.desk.resume(order, wall_ns);
    for (const name of before.watched) {
      this.#watched.add(name);
      this.desk.cancelAll(name, "cancel on disconnect", wall_ns);
      this.#watch(name, false);
    }
  }

  #executed(order: VenueOrder, execution: VenueExecution): void {
    const { conditions, clock } = this;
    const { rateLimits } = conditions.faults;
    if (rateLimits !== undefined && order.executions.length === 1) {
      this.#session(order.session).limits.traded(rateLimits, nowOf_ms(clock));
    }
    amendLater(order, execution, () => this.desk, conditions, clock);
  }

  #tellFeeds(): void {
    for (const { feed } of this.markets.values()) feed.bookChanged();
  }

  #openMarket(recording: Recording): Market {
    const listing = { spec: recording.spec, book: new MatchingBook() };
    const feed = new MarketFeed(listing, this.clock);
    const { seed, speed } = this.settings;
    const replay = new MarketReplay(recording, listing.book, seed, {
      onClientTrades: (trades) => this.desk.applyTrades(listing, trades, this.clock.wall_ns()),
      onMarketTrade: (trade) => feed.traded(trade.price_ticks, trade.qty_lots, trade.aggressor),
    });
    const driver = new MarketDriver(this.clock, replay, speed, () => feed.bookChanged());
    return { listing, feed, replay, driver };
  }

  #session(name: string): VenueSession {
    const existing = this.sessions.get(name);
    if (existing !== undefined) return existing;
    const session = new VenueSession(name, this.settings.reports_max);
    this.sessions.set(name, session);
    return session;
  }
}
