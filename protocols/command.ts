/**
 * What a strategy may ask, as strict schemas, and the reading of it from bytes.
 *
 * Reading says only whether a body has the contract's form. Unknown fields are refused. Omitted
 * fields get their defaults while decoding, so that a body that spells them out is the same
 * command.
 *
 * Owns: the form of submit, replace, cancel and mass cancel; the digest that tells repeats.
 * Never: throws, looks at an instrument's grid, or repeats unprintable input in a fault.
 */
import { isUtf8 } from "node:buffer";
import { Result, Schema, SchemaIssue } from "effect";
import { Algo } from "./algo.ts";
import { Contingency } from "./contingency.ts";
import { digestOfBytes, digestOfOrdered } from "./digest.ts";
import * as orderFields from "./order_fields.ts";
import { SideWord } from "./order_fields.ts";
import * as scalar from "./scalar.ts";

/** Largest command body, bytes: a full submit has less than one. */
export const commandBytes_max = 16 * 1024;

/** FIX NewOrderSingle. */
export const Submit = Schema.Struct({
  instrument: scalar.InstrumentToken,
  side: SideWord,
  ordType: orderFields.ordType,
  orderQty: scalar.PositiveDecimal,
  ...orderFields.terms,
  /** FIX ContingencyType (1385): orders that are bound to this one and come with it. */
  contingency: Schema.optionalKey(Contingency),
  /** How we work it in slices. */
  algo: Schema.optionalKey(Algo),
  validUntil: Schema.optionalKey(scalar.NanosText),
  text: orderFields.text,
}).check(orderFields.expiry());

/** FIX OrderCancelReplaceRequest; the quantity is the total, filled part included. */
export const Replace = Schema.Struct({
  replaceId: scalar.ClOrdToken,
  orderQty: Schema.optionalKey(scalar.PositiveDecimal),
  price: Schema.optionalKey(scalar.PriceDecimal),
  stopPx: Schema.optionalKey(scalar.PriceDecimal),
  /** FIX ExecInst S (suspend) and q (release from suspension), of an order with an algorithm. */
  suspended: Schema.optionalKey(Schema.Boolean),
  validUntil: Schema.optionalKey(scalar.NanosText),
});

/** FIX OrderCancelRequest. */
export const Cancel = Schema.Struct({
  cancelId: Schema.optionalKey(scalar.ClOrdToken),
});

/** FIX OrderMassCancelRequest: all open orders of the strategy that pass the filters. */
export const MassCancel = Schema.Struct({
  cancelId: Schema.optionalKey(scalar.ClOrdToken),
  instrument: Schema.optionalKey(scalar.InstrumentToken),
  side: Schema.optionalKey(SideWord),
});

/** What every read command carries. */
export interface Digested {
  /** Digest of the decoded body: a repeat of a command has the same. */
  readonly digest: string;
}

/** A submit as read. */
export type SubmitCommand = typeof Submit.Type & Digested;
/** A replace as read. */
export type ReplaceCommand = typeof Replace.Type & Digested;
/** A cancel as read. */
export type CancelCommand = typeof Cancel.Type & Digested;
/** A mass cancel as read. */
export type MassCancelCommand = typeof MassCancel.Type & Digested;

/** Why a body is no command: short and printable, whatever came in. */
export interface CommandFault extends Digested {
  /** Path of the first fault, `route.venue`; empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Bytes to command. Total: whatever the bytes, the answer is a command or a fault. */
export type CommandReader<Command> = (data: Uint8Array) => Result.Result<Command, CommandFault>;

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1();

const printable = (text: string, length_max: number): string =>
  text.slice(0, length_max).replace(/[^\x20-\x7e]/g, "?");

const faultOf = (issue: SchemaIssue.Issue, data: Uint8Array): CommandFault => {
  const first = issuesOf(issue).issues[0];
  const path = (first?.path ?? []).map((part) =>
    printable(String(typeof part === "object" ? part.key : part), 40),
  );
  const message = printable(first?.message ?? "not as the contract says", 200);
  return { path: path.join(".").slice(0, 120), message, digest: digestOfBytes(data) };
};

const whole = (message: string, data: Uint8Array): Result.Result<never, CommandFault> =>
  Result.fail({ path: "", message, digest: digestOfBytes(data) });

/**
 * The reader of one kind of body. A field that its schema has not is refused.
 *
 * @param schema of the parsed body
 * @param whenEmpty what no body at all stands for
 */
export const readerOf = <Body extends object>(
  schema: Schema.Decoder<Body>,
  whenEmpty = "",
): CommandReader<Body & Digested> => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" });
  return (data) => {
    if (data.length > commandBytes_max) {
      return whole(`${data.length} bytes, at most ${commandBytes_max}`, data);
    }
    if (!isUtf8(data)) return whole("not UTF-8", data);
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
    let parsed: unknown;
    try {
      parsed = JSON.parse(text === "" ? whenEmpty : text);
    } catch {
      return whole("not JSON", data);
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      return whole("not a JSON object", data);
    }
    const decoded = decode(parsed);
    if (Result.isFailure(decoded)) return Result.fail(faultOf(decoded.failure.issue, data));
    const body = decoded.success;
    // Decoding builds its output in the schema's order.
    return Result.succeed({ ...body, digest: digestOfOrdered(body) });
  };
};

/** Reads a submit. */
export const readSubmit: CommandReader<SubmitCommand> = readerOf(Submit);
/** Reads a replace. */
export const readReplace: CommandReader<ReplaceCommand> = readerOf(Replace);
/** Reads a cancel; no body at all is `{}`. */
export const readCancel: CommandReader<CancelCommand> = readerOf(Cancel, "{}");
/** Reads a mass cancel; no body at all is `{}`. */
export const readMassCancel: CommandReader<MassCancelCommand> = readerOf(MassCancel, "{}");
