/** How an app under test in Node is driven: a command on each line of standard input, its answer on standard output. */
import { createInterface } from 'node:readline';
import type { Act } from '../programs.ts';
import type { Dump } from '../values.ts';
import { takeLine } from './node-values.ts';
import type { AppSettings, OpenServer, Report } from '../app-process.ts';

/** One request whose handler is under way, or has answered. */
export interface OpenRequest {
  /** Does one act with the session. Throws what the app would see. */
  act(act: Act): Promise<void> | void;
  /** What the session holds in memory now, and its key; no observer may notice. */
  look(): { memory: Dump | undefined; asStored: Dump | undefined; key: string | null; sessionEnd?: number | null };
  /** Answers the request. */
  end(status: number): void;
}

export interface AppUnderTest {
  /** Servers with these settings on a fresh store. */
  open(settings: AppSettings): Promise<OpenServer[]>;
  /** Another process with the same store, as far as this can be had in one. */
  restart(server: number): Promise<OpenServer>;
  /** Every record there is, for each server. */
  records(): Promise<Report['records']>;
  /** By server: the number of the newest event that its companion has recorded. */
  seqs(): number[];
  close(): Promise<void>;
}

const arrived = new Map<number, OpenRequest>();
const waiting = new Map<number, () => void>();

/** To be called by the handler of `/r/<number>`. */
export function arrive(number: number, request: OpenRequest): void {
  arrived.set(number, request);
  waiting.get(number)?.();
}

const isThere = (number: number): Promise<void> =>
  arrived.has(number) ? Promise.resolve() : new Promise((resolve) => waiting.set(number, resolve));

type Command =
  | { do: 'open'; settings: AppSettings }
  | { do: 'arrived'; request: number }
  /** One after the other; one report for each. */
  | { do: 'acts'; acts: { request: number; act: Act }[] }
  | { do: 'end'; request: number; status: number }
  | { do: 'restart'; server: number }
  | { do: 'look'; request: number };

export function serve(app: AppUnderTest): void {
  const lines = createInterface({ input: process.stdin });
  const report = async (request: number, more: object = {}): Promise<object> => ({
    ...arrived.get(request)?.look(),
    seqs: app.seqs(),
    records: await app.records(),
    ...more,
  });

  async function perform(request: number, act: Act): Promise<object> {
    let error: string | undefined;
    takeLine();
    try {
      await arrived.get(request)!.act(act);
    } catch (thrown) {
      error = String(thrown);
    }
    return report(request, { line: takeLine(), error });
  }

  async function answer(command: Command): Promise<object> {
    switch (command.do) {
      case 'open':
        await app.close();
        arrived.clear();
        waiting.clear();
        return { servers: await app.open(command.settings) };
      case 'arrived':
        await isThere(command.request);
        return report(command.request);
      case 'acts': {
        const reports: object[] = [];
        for (const { request, act } of command.acts) reports.push(await perform(request, act));
        return { reports };
      }
      case 'end':
        arrived.get(command.request)!.end(command.status);
        return {};
      case 'look':
        return report(command.request);
      case 'restart':
        return app.restart(command.server);
    }
  }

  let last = Promise.resolve();
  lines.on('line', (text) => {
    last = last
      .then(() => answer(JSON.parse(text) as Command))
      .catch((error: unknown) => ({ fault: error instanceof Error ? error.stack : String(error) }))
      .then((reply) => void process.stdout.write(`${JSON.stringify(reply)}\n`));
  });
  lines.on('close', () => process.exit(0));
}
