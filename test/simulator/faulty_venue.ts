/**
 * A real venue process with its control connection: what the tests of faults stand on.
 *
 * Owns: that process, that connection, the clients of the tests.
 */
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import type { SimDumpExecution } from "../../protocols/sim_wire.ts";
import type { SimClient } from "./sim_client.ts";
import { Clients } from "./venue_fixture.ts";
import { startVenue } from "./venue_process.ts";
import type { VenueProcess } from "./venue_process.ts";

/** A venue whose faults a test sets. */
export class FaultyVenue {
  readonly process: VenueProcess;
  readonly control: VenueControl;
  readonly #clients = new Clients();

  private constructor(process: VenueProcess, control: VenueControl) {
    this.process = process;
    this.control = control;
  }

  /** Starts one. Its market stands still unless the arguments say otherwise. */
  static async start(...args: string[]): Promise<FaultyVenue> {
    const process = await startVenue("--speed", "0", "--seed", "7", ...args);
    return new FaultyVenue(process, await VenueControl.open(process.port));
  }

  /** Connects and logs on. */
  async session(name: string, lastSeqReceived = 0): Promise<SimClient> {
    const client = this.connect();
    await client.logon(name, lastSeqReceived);
    return client;
  }

  /** Connects. */
  connect(): SimClient {
    return this.#clients.open(this.process.port);
  }

  /** How often a fault has happened. */
  async count(fault: string): Promise<number> {
    return (await this.control.stats()).faults[fault] ?? 0;
  }

  /** The venue's record of one session. */
  async recordOf(session: string): Promise<VenueDump> {
    const { orders, executions } = await this.control.dump();
    return {
      orders: orders.filter((one) => one.session === session),
      executions: executions.filter((one) => one.session === session),
    };
  }

  /** Ends all clients and every fault. */
  async calm(): Promise<void> {
    await this.#clients.closeAll();
    await this.control.clearFaults();
  }

  /** Ends the venue. */
  async stop(): Promise<void> {
    await this.#clients.closeAll();
    this.control.close();
    await this.process.stop();
  }
}

/** What an execution of a dump counts for now: the last amendment's quantity, or its own. */
export const standingQty = ({ lastQty, amendments }: SimDumpExecution): number =>
  Number(amendments?.at(-1)?.lastQty ?? lastQty);
