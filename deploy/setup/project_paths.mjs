/**
 * Where set-up keeps its things: all of them inside the project folder.
 *
 * Owns: the layout of `.cache/`, which git ignores and which may be deleted at any time.
 * Never: names a folder outside the project.
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";

/** The project folder. */
export const PROJECT_DIR = fileURLToPath(new URL("../..", import.meta.url));

/** Everything set-up can make again. */
export const CACHE_DIR = join(PROJECT_DIR, ".cache");

/** One folder per source (`go`, `apt`), each holding a `nats-server`. */
export const NATS_SERVER_CACHE_DIR = join(CACHE_DIR, "nats-server");
