/**
 * Journals that earlier versions wrote replay to the states that they led to then.
 */
import { describe, expect, it } from "vitest";
import { journalsKept, manifestOf, replay, versionsKept } from "./corpus.ts";

describe.each(versionsKept())("the journals of %s", (version) => {
  const manifest = manifestOf(version);

  it.each(Object.keys(manifest))("replay to the states of their owners: %s", async (file) => {
    const journals = journalsKept(version, file);
    const replayed: Record<string, unknown> = {};
    for (const [shard, frames] of journals) replayed[shard] = await replay(shard, frames);
    expect(replayed).toEqual(manifest[file]);
    expect(journals.size).toBeGreaterThan(3);
  });

  it("a changed byte is found", async () => {
    const [file = ""] = Object.keys(manifest);
    const [[shard, frames] = ["", []]] = journalsKept(version, file);
    const forged = frames.map((frame, at) =>
      at === 2 ? frame.replace(/"at":"1/, '"at":"2') : frame,
    );
    expect(forged).not.toEqual(frames);
    await expect(replay(shard, forged)).rejects.toMatchObject({ _tag: "JournalBroken" });
  });
});
