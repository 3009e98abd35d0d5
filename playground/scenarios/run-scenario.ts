/** Starts the servers of a scenario: its own, or two processes of it behind one port, and those beside it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFront } from './front.ts';
import type { Life, StartHost, Variant } from './scenario.ts';

export interface RunningScenario {
  /** Of the scenario's own server, or of one of `others`. */
  originOf(server?: string): string;
  /** Stops each server and starts it again on its port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A server that can be started again. */
async function startServer(start: StartHost, variant: Variant, more: Omit<Life, 'port'>) {
  let host = await start(variant, { port: 0, ...more });
  const { origin } = host;
  return {
    origin,
    async restart() {
      await host.close();
      host = await start(variant, { port: Number(new URL(origin).port), ...more });
    },
    close: () => host.close(),
  };
}

type Server = Awaited<ReturnType<typeof startServer>>;

/** `start`: of the library's host. */
export async function runScenario(start: StartHost, variant: Variant): Promise<RunningScenario> {
  const { settings = {}, others = {} } = variant;
  const folder = settings.keepsRecords === true ? mkdtempSync(join(tmpdir(), 'scenario-')) : undefined;
  const records = folder === undefined ? {} : { recordsAt: join(folder, 'records.sqlite') };
  const workers: Server[] = [];
  for (let count = 0; count < (settings.workers ?? 1); count++)
    workers.push(await startServer(start, variant, records));
  const hasFront = workers.length > 1 || settings.front !== undefined;
  const front = hasFront ? await startFront(workers, settings.front) : undefined;
  const beside = new Map<string, Server>();
  for (const [name, other] of Object.entries(others))
    beside.set(name, await startServer(start, { ...other, steps: [] }, { server: name }));
  const servers = [...workers, ...beside.values()];
  return {
    originOf(server) {
      const host = server === undefined ? (front ?? workers[0]) : beside.get(server);
      if (host === undefined) throw new Error(`The scenario has no server ${server}.`);
      return host.origin;
    },
    async restart() {
      for (const server of servers) await server.restart();
    },
    async close() {
      await front?.close();
      for (const server of servers) await server.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
