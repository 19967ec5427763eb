/** A venue that is killed and started again: with its state, as the same or as a new one. */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, assert, beforeEach, describe, it } from "vitest";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import { FaultyVenue } from "./faulty_venue.ts";
import { market, order, topOf } from "./venue_fixture.ts";

const entry = fileURLToPath(new URL("../../deploy/simulator/main.ts", import.meta.url));
let folder: string;
let state: string;
let venue: FaultyVenue | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "venue-"));
  state = join(folder, "state.jsonl");
});
afterEach(async () => {
  await venue?.stop();
  venue = undefined;
  rmSync(folder, { recursive: true });
});

const start = async (...args: string[]): Promise<FaultyVenue> => {
  venue = await FaultyVenue.start("--state", state, ...args);
  return venue;
};

const kill = async (killed: FaultyVenue): Promise<void> => {
  killed.process.child.kill("SIGKILL");
  await killed.process.ended;
};

const withoutRequest = ({ orders, executions }: VenueDump): unknown => ({
  orders,
  executions: executions.map(({ requestId: _, ...execution }) => execution),
});

/** An order of every fate: open, replaced, canceled, refused, filled, busted and corrected. */
const fill = async (first: FaultyVenue): Promise<VenueDump> => {
  const c = await first.session("oms");
  c.say(order("open"), order("old"), order("gone"));
  c.say({ type: "replace", clOrdId: "new", origClOrdId: "old", orderQty: "0.02", price: "50001" });
  c.say({ type: "cancel", clOrdId: "gone-c", origClOrdId: "gone" });
  c.say(order("bad", { price: "50000.001" }));
  for (const id of ["m1", "m2", "m3"]) c.say(market(id, { orderQty: "0.002" }));
  const m1 = await c.untilReport("m1", "trade");
  const m2 = await c.untilReport("m2", "trade");
  await first.control.amend(m1.execId);
  await first.control.amend(m2.execId, { lastQty: "0.001", lastPx: "60000" });
  await c.until("report", (r) => r.execType === "trade_correct");
  return first.control.dump();
};

describe("a venue with a state file", () => {
  it("killed and started again knows every order, execution, amendment and report", async () => {
    const first = await start();
    const before = await fill(first);
    const { incarnation } = await first.control.stats();
    await kill(first);
    // A kill in the middle of a line: nobody was told of that.
    appendFileSync(state, `{"kind":"reported","session":"om`);

    const second = await start();
    assert.deepStrictEqual(withoutRequest(await second.control.dump()), withoutRequest(before));
    const stats = await second.control.stats();
    assert.strictEqual(stats.incarnation, incarnation);
    assert.deepInclude(stats, { openOrders: 2, executions: 3 });
    const c = venue?.connect() ?? assert.fail();
    const ack = await c.logon("oms");
    assert.deepStrictEqual([ack.incarnation, ack.firstSeqAvailable], [incarnation, 1]);
    await c.until("report", ({ seq }) => seq === ack.lastSeqSent);
    assert.deepStrictEqual(
      c.reports().map(({ seq }) => seq),
      Array.from({ length: ack.lastSeqSent }, (_, index) => index + 1),
    );
    c.say({ type: "query_positions", requestId: "p" });
    assert.deepStrictEqual((await c.until("positions")).positions, [
      { instrument: "BTC-USDT", netQty: "0.003" },
    ]);
    // Ids of before stay used, and those made from now on are new.
    c.say(order("old"), order("gone-c"), order("bad"), order("fresh"));
    const fresh = await c.untilReport("fresh", "new");
    const refusals = c.reports().filter((r) => r.rejectCode === "duplicate_cl_ord_id");
    assert.deepStrictEqual(
      refusals.map((r) => r.clOrdId),
      ["old", "gone-c", "bad"],
    );
    const execIds = c.reports().map(({ execId }) => execId);
    assert.strictEqual(new Set(execIds).size, execIds.length);
    // The open orders are in the book.
    c.say({ type: "cancel", clOrdId: "open-c", origClOrdId: "open" });
    c.say({ type: "replace", clOrdId: "x", origClOrdId: "new", orderQty: "0.01", price: "49999" });
    await c.untilReport("x", "replaced");
    await c.untilReport("open-c", "canceled");
    assert.isTrue(fresh.seq > ack.lastSeqSent);

    await kill(second);
    const third = await start();
    const { orders } = await third.control.dump();
    assert.strictEqual(orders.find((one) => one.order.clOrdId === "x")?.order.ordStatus, "new");
  });

  it("as a new one numbers from 1 and still tells what it executed before, by query", async () => {
    const first = await start();
    const before = await fill(first);
    const { incarnation } = await first.control.stats();
    await kill(first);
    const second = await start("--restart-as", "new");
    assert.deepStrictEqual(withoutRequest(await second.control.dump()), withoutRequest(before));
    const c = second.connect();
    const ack = await c.logon("oms");
    assert.notStrictEqual(ack.incarnation, incarnation);
    assert.deepStrictEqual([ack.firstSeqAvailable, ack.lastSeqSent], [1, 0]);
    c.say(order("fresh"));
    assert.strictEqual((await c.untilReport("fresh", "new")).seq, 1);
    c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
    const { reports } = await c.until("executions");
    assert.deepStrictEqual(reports.at(-1)?.seq, 1);
    const trades = reports.filter((r) => r.execType === "trade");
    assert.deepStrictEqual(
      trades.map((r) => [r.seq, r.execId, r.lastQty]),
      before.executions.map((one) => [0, one.execId, one.lastQty]),
    );
  });

  it("uses ids again where it is told to: an old execution's id names a new one", async () => {
    const first = await start("--reuse-ids");
    const c = await first.session("oms");
    c.say(market("m1", { orderQty: "0.002" }));
    const old = await c.untilReport("m1", "trade");
    await kill(first);
    const second = await start("--reuse-ids", "--restart-as", "new");
    const again = await second.session("oms");
    again.say(market("m2", { orderQty: "0.001" }));
    const now = await again.untilReport("m2", "trade");
    assert.deepStrictEqual(
      [now.execId, now.venueOrderId, now.seq],
      [old.execId, old.venueOrderId, old.seq],
    );
    const { executions } = await second.control.dump();
    assert.deepStrictEqual(
      executions.map((one) => [one.execId, one.clOrdId, one.lastQty]),
      [
        [old.execId, "m1", "0.002"],
        [old.execId, "m2", "0.001"],
      ],
    );
  });

  it("fills at its start what the market crosses, and honours cancel on disconnect", async () => {
    const first = await start();
    const c = await first.session("oms");
    const watched = first.connect();
    await watched.logon("watched", 0, true);
    watched.say(order("w1"));
    await watched.untilReport("w1", "new");
    // Takes what the market shows at its best price; the rest waits there as the best bid.
    const { ask } = await topOf(first.process.port);
    c.say(order("cross", { price: ask, orderQty: "20" }));
    const part = await c.untilReport("cross", "trade");
    assert.strictEqual(part.ordStatus, "partially_filled");
    await kill(first);
    const second = await start();
    const { orders } = await second.control.dump();
    const statusOf = (id: string) => orders.find((one) => one.order.clOrdId === id)?.order;
    assert.strictEqual(statusOf("w1")?.ordStatus, "canceled");
    assert.isAbove(Number(statusOf("cross")?.cumQty), Number(part.cumQty));
  });

  it("refuses a file that is not one", () => {
    writeFileSync(state, `{"kind":"other"}\n{}\n`);
    const { status, stderr } = spawnSync(process.execPath, [entry, "--state", state], {
      encoding: "utf8",
    });
    assert.strictEqual(status, 2);
    assert.include(stderr, "line 1");
    assert.include(readFileSync(state, "utf8"), "other");
  });
});
