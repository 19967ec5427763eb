/**
 * The streams of the floors: as durable as the product's, with nothing of the product in them.
 */
import type { NatsConnection } from "nats";
import { objectAt } from "./json_object.ts";

/** Streams and subjects of the floors. */
export const floor = {
  /** Two hops: a mailbox and a journal each. */
  hops: [
    { mailbox: "BENCH_MBX_1", journal: "BENCH_JRN_1", subject: "bench.mbx1", append: "bench.jrn1" },
    { mailbox: "BENCH_MBX_2", journal: "BENCH_JRN_2", subject: "bench.mbx2", append: "bench.jrn2" },
  ],
  /** What is published as fast as one process can. */
  load: { stream: "BENCH_LOAD", subject: "bench.load" },
  /** Where a floor's answer is published, not stored. */
  answers: "bench.answer",
} as const;

/** Makes the streams; `replicas` as the product's. */
export const makeFloorStreams = async (
  connection: NatsConnection,
  replicas: number,
): Promise<void> => {
  const wanted = [
    ...floor.hops.flatMap(({ mailbox, journal, subject, append }) => [
      { name: mailbox, subjects: [`${subject}.>`] },
      { name: journal, subjects: [append] },
    ]),
    { name: floor.load.stream, subjects: [floor.load.subject] },
  ];
  for (const { name, subjects } of wanted) {
    const config = {
      name,
      subjects,
      retention: "limits",
      storage: "file",
      discard: "old",
      num_replicas: replicas,
      allow_direct: true,
      duplicate_window: 120_000_000_000,
    };
    const subject = `$JS.API.STREAM.CREATE.${name}`;
    const reply = await connection.request(subject, JSON.stringify(config), { timeout: 10_000 });
    objectAt(reply.json(), "config");
  }
};
