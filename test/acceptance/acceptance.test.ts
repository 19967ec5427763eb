/**
 * The acceptance matrix: every adapter against its venue, every case by its number.
 *
 * A case that an adapter's capabilities do not ask for is listed as not offered; what it must do
 * instead has a case of its own. A new adapter adds a line to `adapters`, and nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AcceptanceCase } from "./case.ts";
import { changeCases } from "./change_cases.ts";
import { orderCases } from "./order_cases.ts";
import { questionCases } from "./question_cases.ts";
import { sessionCases } from "./session_cases.ts";
import { snapshotCases } from "./snapshot_cases.ts";
import { simUnderTest } from "./sim_under_test.ts";
import { Stage } from "./stage.ts";
import { troubleCases } from "./trouble_cases.ts";
import type { VenueUnderTest } from "./venue_under_test.ts";

const adapters: readonly (readonly [name: string, start: () => Promise<VenueUnderTest>])[] = [
  ["simulator", simUnderTest],
];

const matrix: readonly AcceptanceCase[] = [
  ...sessionCases,
  ...orderCases,
  ...changeCases,
  ...questionCases,
  ...troubleCases,
  ...snapshotCases,
];

test("a case's number is its own", () => {
  const numbers = matrix.map(({ no }) => no);
  expect(new Set(numbers).size).toBe(numbers.length);
});

describe.each(adapters)("the adapter of the %s", (_, start) => {
  let venue: VenueUnderTest;
  beforeAll(async () => {
    venue = await start();
  });
  afterAll(() => venue.stop());

  test.for(matrix.map((one) => [one.no, one.title, one] as const))(
    "%s %s",
    async ([no, , { needs, trouble, run }], { skip }) => {
      const { capabilities } = venue.connector("capabilities");
      if (needs !== undefined && !needs(capabilities)) skip("not offered");
      const stage = new Stage(venue, no);
      try {
        if (trouble !== undefined) expect(await venue.trouble(trouble, false)).toBe(true);
        await run(stage);
      } finally {
        if (trouble !== undefined) await venue.trouble(trouble, false);
        expect(stage.end()).toEqual([]);
      }
    },
  );
});
