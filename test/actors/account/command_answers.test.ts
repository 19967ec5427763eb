/**
 * Every command in every state, also those that make no sense there: exactly one answer, with a
 * stable code. The golden file has a row for each answer of each command, with the states that give
 * it; run with `-u` to write it, and read what changed.
 */
import { describe, expect, it } from "vitest";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import { lives, nameOf, statesOf, walk } from "./command_walk.ts";
import type { Life } from "./command_walk.ts";
import type { DeskShard } from "./desk_shard.ts";

const depth_max = 4;

interface Sent {
  /** Does it, and says which command ids its answer may have. */
  readonly send: (desk: DeskShard, life: Life) => void;
  readonly answers: RegExp;
}

const changed = { replaceId: "n1", price: "91" };

/** The commands by name; of two in a row the second one counts. */
const commands: Readonly<Record<string, Sent>> = {
  "submit, the same": { send: (desk, { body }) => desk.submit("a", body), answers: /^submit$/ },
  "submit, another body": {
    send: (desk, { body }) => desk.submit("a", { ...body, orderQty: "14" }),
    answers: /^submit$/,
  },
  "submit, unreadable": {
    send: (desk) => desk.submit("a", { orderQty: 1 }),
    answers: /^submit$/,
  },
  "replace price": { send: (desk) => desk.replace("a", changed), answers: /^replace:n1$/ },
  "replace quantity up": {
    send: (desk) => desk.replace("a", { replaceId: "n1", orderQty: "14" }),
    answers: /^replace:n1$/,
  },
  "replace quantity down to the least": {
    send: (desk) => desk.replace("a", { replaceId: "n1", orderQty: "2" }),
    answers: /^replace:n1$/,
  },
  "replace, beyond the account's limit": {
    send: (desk) => desk.replace("a", { replaceId: "n1", orderQty: "100000" }),
    answers: /^replace:n1$/,
  },
  "replace, the same again": {
    send: (desk) => {
      desk.replace("a", changed);
      desk.bodies.length = 0;
      desk.replace("a", changed);
    },
    answers: /^replace:n1$/,
  },
  "replace, its id with another body": {
    send: (desk) => {
      desk.replace("a", changed);
      desk.bodies.length = 0;
      desk.replace("a", { ...changed, price: "92" });
    },
    answers: /^replace:n1$/,
  },
  "replace, unreadable": { send: (desk) => desk.replace("a", { x: 1 }), answers: /^replace$/ },
  "cancel without an id": { send: (desk) => desk.cancel("a"), answers: /^cancel:_\d+$/ },
  "cancel with an id": {
    send: (desk) => desk.cancel("a", { cancelId: "k1" }),
    answers: /^cancel:k1$/,
  },
  "cancel, the same again": {
    send: (desk) => {
      desk.cancel("a", { cancelId: "k1" });
      desk.bodies.length = 0;
      desk.cancel("a", { cancelId: "k1" });
    },
    answers: /^cancel:k1$/,
  },
  "cancel, unreadable": { send: (desk) => desk.cancel("a", { x: 1 }), answers: /^cancel$/ },
};

const kindOf = ({ execType, ordStatus, rejectCode }: OrderEventBody): string =>
  [execType, ordStatus, ...(rejectCode === undefined ? [] : [rejectCode])].join(" ");

/** Answers that are given later to what waits with us or is at once in force. */
const isOneAnswer = (said: readonly string[], isWaiting: boolean): boolean =>
  said.length === 1 ||
  (said.length === 0 && isWaiting) ||
  // In force at once: nothing of it need be asked of a venue.
  (said.length === 2 && said[0]?.startsWith("pending_replace") === true);

const answerOf = (life: Life, path: Parameters<typeof walk>[1], command: Sent): string => {
  const desk = walk(life, path);
  const before = desk.facts.length;
  desk.bodies.length = 0;
  command.send(desk, life);
  const bodies = desk.bodies as unknown as readonly OrderEventBody[];
  const said = bodies.filter(({ commandId }) => command.answers.test(commandId)).map(kindOf);
  const isWaiting = desk.facts
    .slice(before)
    .some((fact) => "execType" in fact && fact.execType === "early_cancel");
  expect(said, path.map(([name]) => name).join(", ")).toSatisfy((all: readonly string[]) =>
    isOneAnswer(all, isWaiting),
  );
  desk.check();
  return said.length === 0 ? "waits for its submit" : said.join(", then ");
};

const massCancelOf = (life: Life, path: Parameters<typeof walk>[1]): string => {
  const desk = walk(life, path);
  desk.bodies.length = 0;
  desk.accountEvents.length = 0;
  desk.cancel("_all", { cancelId: "m1" });
  const told = desk.accountEvents.filter(({ what }) => what === "mass_cancel");
  expect(told).toHaveLength(1);
  const said = (desk.bodies as unknown as readonly OrderEventBody[]).map(kindOf);
  expect(said.length).toBeLessThanOrEqual(1);
  return said[0] ?? "not affected";
};

/** Without what makes no difference to a command as a rule: what does is in two rows. */
const printed = (state: string): string =>
  state
    .replace(/\((.*)\)/, (_, marks: string) => {
      const left = marks.split(", ").filter((mark) => !quiet.has(mark));
      return left.length === 0 ? "" : `(${left.join(", ")})`;
    })
    .trimEnd();

const quiet: ReadonlySet<string> = new Set(["owed", "provisional", "leaving", "fills"]);

const known = new Map<string, ReturnType<typeof statesOf>>();
const statesIn = (life: Life): ReturnType<typeof statesOf> => {
  const states = known.get(life.name) ?? statesOf(life, depth_max);
  known.set(life.name, states);
  return states;
};

const table = (life: Life): string => {
  const states = statesIn(life);
  const lines = [`${life.name}: ${states.size} states`, ""];
  const put = (name: string, answer: (path: Parameters<typeof walk>[1]) => string): void => {
    const byAnswer = new Map<string, string[]>();
    for (const [state, path] of states) {
      const said = answer(path);
      byAnswer.set(said, [...(byAnswer.get(said) ?? []), state]);
    }
    lines.push(name);
    for (const [said, all] of [...byAnswer].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const names = [...new Set(all.map(printed))].toSorted();
      lines.push(`  ${said.padEnd(48)} ${names.join("; ")}`);
    }
    lines.push("");
  };
  for (const [name, command] of Object.entries(commands)) {
    put(name, (path) => answerOf(life, path, command));
  }
  put("mass cancel", (path) => massCancelOf(life, path));
  return `${lines.join("\n")}\n`;
};

describe("every command in every state has exactly one answer", () => {
  it.each(lives.map((life) => [life.name, life] as const))("%s", async (name, life) => {
    const file = `golden/commands.${name.replaceAll(" ", "_")}.txt`;
    await expect(table(life)).toMatchFileSnapshot(file);
  });

  it("has met every status of the contract in these states", () => {
    const met = new Set(
      lives.flatMap((life) => [...statesIn(life).keys()]).map((name) => name.split(" ")[0]),
    );
    expect(met).toEqual(
      new Set([
        ...["canceled", "denied", "done_for_day", "expired", "filled", "in_doubt", "new", "none"],
        ...["partially_filled", "pending_cancel", "pending_new", "pending_replace", "rejected"],
        "suspended",
      ]),
    );
    expect(nameOf(undefined)).toBe("none");
  });
});
