/**
 * Unpacks nats-server from a newer Debian suite, with apt but without touching the system.
 *
 * apt runs on a private set of sources, state and cache inside the working folder. The mirror and
 * its signing key are the ones this machine already uses; its proxy and authentication settings
 * stay in force, its hooks and pins are switched off. The package is unpacked, never installed.
 *
 * Owns: the choice of suite and the private apt settings.
 * Never: needs root, writes to the system's apt folders, or skips the signature check.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isNewEnough } from "./nats_server_binary.mjs";
import { runProgram } from "./run_program.mjs";

/** Closest to a stable release first: their builds ask least of the machine. */
const SUITES = ["trixie-backports", "forky", "sid"];

/** The release name of this Debian (e.g. `bookworm`), or undefined on another system. */
function debianCodename() {
  if (!existsSync("/etc/os-release")) return undefined;
  const text = readFileSync("/etc/os-release", "utf8");
  if (!/^ID=debian$/m.test(text)) return undefined;
  return /^VERSION_CODENAME=(\S+)$/m.exec(text)?.[1];
}

/**
 * The mirror from which this machine gets its own release, and the key it checks it with.
 * apt itself reads the source lists, so both of their formats are understood.
 */
async function ownMirror() {
  const codename = debianCodename();
  if (codename === undefined) throw new Error("this is not a Debian system");
  const format = "$(CREATED_BY)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(SIGNED_BY)";
  // Without package caches apt only reads: it would otherwise refresh the system's own.
  const readOnly = ["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="];
  const targets = await runProgram("apt-get", [...readOnly, "indextargets", "--format", format]);
  for (const line of targets.split("\n")) {
    const [kind, release, component, uri, signedBy] = line.split("|");
    if (kind !== "Packages" || release !== codename || component !== "main") continue;
    if (uri === undefined || uri.includes("security")) continue;
    return { uri, signedBy: await signingKey(uri, signedBy) };
  }
  throw new Error(`no source for ${codename} main in this machine's apt sources`);
}

/** Some versions of apt leave `$(SIGNED_BY)` as it stands; Debian's own key ring is meant then. */
async function signingKey(/** @type {string} */ uri, /** @type {string | undefined} */ signedBy) {
  const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  if (signedBy !== undefined && signedBy.startsWith("/")) return signedBy;
  if (existsSync(debianKeys)) return debianKeys;
  throw new Error(`no signing key known for ${uri}`);
}

/** Lays out the private apt folders and returns the arguments that make apt use only them. */
function privateApt(/** @type {string} */ dir, /** @type {string} */ source) {
  for (const part of ["state/lists/partial", "cache/archives/partial", "empty"]) {
    mkdirSync(join(dir, part), { recursive: true });
  }
  writeFileSync(join(dir, "status"), "");
  writeFileSync(join(dir, "sources.list"), `${source}\n`);
  const settings = [
    `Dir::State "${join(dir, "state")}";`,
    `Dir::State::lists "${join(dir, "state/lists")}";`,
    `Dir::State::status "${join(dir, "status")}";`,
    `Dir::Cache "${join(dir, "cache")}";`,
    `Dir::Cache::archives "${join(dir, "cache/archives")}";`,
    `Dir::Etc::sourcelist "${join(dir, "sources.list")}";`,
    `Dir::Etc::sourceparts "${join(dir, "empty")}";`,
    `Dir::Etc::preferences "${join(dir, "empty/preferences")}";`,
    `Dir::Etc::preferencesparts "${join(dir, "empty")}";`,
    // apt's own user could not write into a private folder.
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
  ];
  writeFileSync(join(dir, "apt.conf"), `${settings.join("\n")}\n`);
  return ["-q", "-c", join(dir, "apt.conf")];
}

/** The newest version in the private sources, or undefined when the suite has no such package. */
async function candidate(/** @type {readonly string[]} */ apt) {
  const shown = await runProgram("apt-cache", [...apt, "madison", "nats-server"]);
  return /\|\s*([^\s|]+)\s*\|.*Packages/.exec(shown)?.[1];
}

/**
 * Unpacks the package from the first suite whose version is new enough.
 *
 * @param {string} dir empty folder; the caller removes it
 * @param {(line: string) => void} say
 * @returns {Promise<string>} path of the binary
 * @throws {Error} when there is no apt, no Debian mirror, or no suite with a new enough version
 */
export async function unpackWithApt(dir, say) {
  const mirror = await ownMirror();
  /** @type {string[]} */
  const seen = [];
  for (const suite of SUITES) {
    say(`looking for nats-server in Debian ${suite}`);
    const suiteDir = join(dir, suite);
    mkdirSync(suiteDir);
    const options = `[signed-by=${mirror.signedBy} target=Packages]`;
    const apt = privateApt(suiteDir, `deb ${options} ${mirror.uri} ${suite} main`);
    try {
      await runProgram("apt-get", [...apt, "update"]);
      const version = await candidate(apt);
      seen.push(`${suite} ${version ?? "without it"}`);
      if (version === undefined || !isNewEnough(version)) continue;
      say(`unpacking nats-server ${version} from Debian ${suite}`);
      return await download(apt, suiteDir);
    } catch (error) {
      seen.push(`${suite}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no suite has a new enough nats-server (${seen.join("; ")})`);
}

/** Downloads the package into `dir` and unpacks it beside; apt checks its hash. */
async function download(/** @type {readonly string[]} */ apt, /** @type {string} */ dir) {
  await runProgram("apt-get", [...apt, "download", "nats-server"], { cwd: dir });
  const file = readdirSync(dir).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new Error("apt downloaded no package");
  const root = join(dir, "root");
  await runProgram("dpkg-deb", ["-x", join(dir, file), root]);
  const binary = ["usr/bin", "usr/sbin", "bin", "sbin"]
    .map((place) => join(root, place, "nats-server"))
    .find((path) => existsSync(path));
  if (binary === undefined) throw new Error("the package holds no nats-server binary");
  return binary;
}
