/**
 * A clOrdId that is used again after its order was forgotten, and what is not forgotten.
 */
import { expect, it } from "vitest";
import { newRequestId } from "../../../actors/order/order_request.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";

it("gives the second order of a clOrdId other request ids than the first", () => {
  const order = "DESK.s.h1" as OrderId;
  const first = newRequestId(3, order, 0, "1000" as Nanos);
  expect(newRequestId(3, order, 0, "1000" as Nanos)).toBe(first);
  expect(newRequestId(3, order, 0, "2000" as Nanos)).not.toBe(first);
});
