/**
 * What a venue says besides reports and answers: the link goes on, or ends for a good reason.
 */
import { afterEach, expect, test } from "vitest";
import { readSimLine } from "../../../actors/venue/sim_reading.ts";
import { bareLink } from "./bare_link.ts";
import { HandVenue, logonAck, say, until } from "./tcp_stage.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

test("a message of a type that we do not know is ignored, a known one must be right", () => {
  expect(readSimLine(`{"type":"auction_call","at":5}`)).toMatchObject({
    _tag: "Success",
    success: { type: "unknown_message", name: "auction_call" },
  });
  expect(readSimLine(`{"type":"limits","limits":5}`)._tag).toBe("Failure");
  expect(readSimLine(`{"name":"auction_call"}`)._tag).toBe("Failure");
});

test("snapshots, refusals, limits and unknown words leave a link as it is", async () => {
  const venue = kept(
    await new HandVenue((message, socket) => {
      if (message.type !== "logon") return;
      say(
        socket,
        logonAck(0),
        { type: "limits", limits: [{ name: "w", window_ms: 1, limit: 2, used: 3 }] },
        { type: "refused", clOrdId: "x", code: "rate_limited", retryAfter_ms: 5 },
        { type: "refused", requestId: "nobody", code: "internal_error" },
        { type: "positions", requestId: "nobody", positions: [], asOfSeq: 0 },
        { type: "mass_cancel_report", clOrdId: "x", affected: 0, asOfSeq: 0 },
      );
      socket.write(`{"type":"auction_call"}\n`);
      say(socket, { type: "heartbeat", lastSeq: 0 });
    }).start(),
  );
  const { said, downs } = kept(bareLink(venue.port));
  await until("a heartbeat of ours", () => venue.heard.some(({ type }) => type === "heartbeat"));
  expect(said).toEqual(["loggedOn 0", "caughtUp"]);
  expect(downs).toEqual([]);
});

test("a refused logon ends the link without a fault, and says why", async () => {
  const venue = kept(
    await new HandVenue((_, socket) => {
      say(socket, { type: "refused", code: "banned", retryAfter_ms: 700 });
    }).start(),
  );
  const { said, downs } = kept(bareLink(venue.port));
  await until("down", () => downs.length === 1);
  expect(said).toEqual(["down"]);
  expect(downs).toEqual(["lost: logon refused: banned retryAfter_ms=700"]);
});

test("a lost report that no other follows shows in the heartbeats", async () => {
  const venue = kept(
    await new HandVenue((message, socket) => {
      if (message.type === "logon") say(socket, logonAck(0));
      // The first may be ahead of a report that is on its way; the second one is proof.
      if (message.type === "heartbeat") say(socket, { type: "heartbeat", lastSeq: 1 });
    }).start(),
  );
  const { said, downs, owed } = kept(bareLink(venue.port));
  await until("down", () => downs.length === 1);
  expect(said).toEqual(["loggedOn 0", "caughtUp", "down"]);
  expect(downs).toEqual(["lost: report 1 is lost, heard 0"]);
  expect(owed).toEqual([1]);
  expect(venue.heard.filter(({ type }) => type === "heartbeat")).toHaveLength(2);
});
