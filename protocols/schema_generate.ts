/**
 * Generates the JSON Schemas of the wire contract, for users of other languages.
 *
 * A test compares the files in `protocols/schema/` with this and, run with `-u`, writes them:
 * `npx vitest run --config test/vitest.config.ts test/protocols/json_schema.test.ts -u`.
 *
 * Owns: which schemas are published and how their files look.
 * Never: reads or writes a file.
 */
import { Schema } from "effect";
import {
  AdminKill,
  AdminMassCancel,
  AdminReconcile,
  AdminRelease,
  AdminResume,
  AdminStatus,
  AdminTradingState,
} from "./admin.ts";
import { Cancel, MassCancel, Replace, Submit } from "./command.ts";
import {
  accountEventSubject,
  adminSubject,
  allOrders,
  commandSubject,
  orderEventFilter,
  querySubject,
  venueEventSubject,
} from "./kernel/subjects.ts";
import { OrderEventBody } from "./order_event.ts";
import type { AccountId, VenueId } from "./kernel/ids.ts";
import { accountEventBodies } from "./account_event.ts";
import { answerBodies } from "./query_answer.ts";
import { venueEventBodies } from "./venue_event.ts";
import { PositionEventBody } from "./position_event.ts";

const schemaVersion = "oms.v1";

interface Published {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema.Constraint;
  /** Commands refuse unknown fields; consumers of events must ignore them. */
  readonly onExcessProperty: "error" | "ignore";
}

const command = (name: string, schema: Schema.Constraint, subject: string): Published => ({
  name,
  description: `Body of ${subject}. Unknown fields are refused.`,
  schema,
  onExcessProperty: "error",
});

const event = (name: string, schema: Schema.Constraint, subject: string): Published => ({
  name,
  description: `Body of ${subject}. Ignore unknown fields.`,
  schema,
  onExcessProperty: "ignore",
});

const anyQuery = querySubject("*", "*", "*");

const published: readonly Published[] = [
  command("submit", Submit, commandSubject("*", "*", "*", "submit")),
  command("replace", Replace, commandSubject("*", "*", "*", "replace")),
  command("cancel", Cancel, `${commandSubject("*", "*", "*", "cancel")}, which may be empty`),
  command("mass_cancel", MassCancel, commandSubject("*", "*", allOrders, "cancel")),
  command("admin_trading_state", AdminTradingState, adminSubject("trading_state")),
  command("admin_kill", AdminKill, adminSubject("kill")),
  command("admin_resume", AdminResume, adminSubject("resume")),
  command("admin_release", AdminRelease, adminSubject("release")),
  command("admin_mass_cancel", AdminMassCancel, adminSubject("mass_cancel")),
  command("admin_reconcile", AdminReconcile, adminSubject("reconcile")),
  command("admin_status", AdminStatus, `${adminSubject("status")}, which may be empty`),
  event("order_event", OrderEventBody, orderEventFilter("*", "*")),
  event("position_event", PositionEventBody, "a position's subject in the event feed"),
  ...Object.entries(answerBodies).map(([name, schema]) =>
    event(name, schema, `a reply to ${name.startsWith("admin") ? adminSubject("*") : anyQuery}`),
  ),
  ...Object.entries(venueEventBodies).map(([what, schema]) =>
    event(`venue_${what}_event`, schema, venueEventSubject("*" as VenueId, what)),
  ),
  ...Object.entries(accountEventBodies).map(([what, schema]) =>
    event(`account_${what}_event`, schema, accountEventSubject("*" as AccountId, what)),
  ),
];

/** Every schema file's name and text. */
export const schemaFiles = (): ReadonlyMap<string, string> =>
  new Map(
    published.map(({ name, description, schema, onExcessProperty }) => {
      const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty });
      const whole = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `urn:natoms:${schemaVersion}:${name}`,
        title: name,
        description,
        ...document.schema,
        ...(Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions }),
      };
      return [`${name}.json`, `${JSON.stringify(whole, null, 2)}\n`];
    }),
  );
