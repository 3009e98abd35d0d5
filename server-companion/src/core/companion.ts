/** One companion for a process: what its adapters record meets here what its endpoint tells. */
import cluster from 'node:cluster';
import { type EpochStarted, LIMITS } from '../../../protocol/index.ts';
import type { ObservedMiddleware } from './contract.ts';
import { createEndpoint, type Endpoint } from './endpoint/endpoint.ts';
import { createEventLog, type WritableLog } from './event-log.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Identity, loadIdentity } from './identity.ts';
import { checkOptions, type CompanionOptions } from './options.ts';
import { createRedaction, type Redaction } from './redact.ts';
import { createSourceTaker, type SourceTaker } from './source.ts';

export interface Companion {
  readonly identity: Identity;
  readonly log: WritableLog;
  readonly sources: SourceTaker;
  readonly faults: Faults;
  readonly redaction: Redaction;
  readonly endpoint: Endpoint;
  /** Path of the endpoint below a mount. */
  readonly path: string;
  /** Adds an observed middleware and tells so; returns its index in `epoch-started`'s `middlewares`. */
  register(middleware: ObservedMiddleware): number;
  /** Those added, in order. */
  middlewares(): readonly ObservedMiddleware[];
}

/** Told by a worker of `node:cluster` (PM2's cluster mode is one): requests go to its siblings too. */
const PARTIAL =
  'This process is one of several workers, and each keeps a log of its own: what the other workers did is not shown. ' +
  'Run one worker while you look.';

/** As `companionOf`, always a new one: for tests. */
export function createCompanion(options: CompanionOptions = {}, identity: Identity = loadIdentity()): Companion {
  checkOptions(options);
  const redaction = createRedaction(identity.digest, options.redact);
  const log = createEventLog({ redaction, limits: options.limits ?? {} });
  const middlewares: ObservedMiddleware[] = [];
  const tellEpoch = () =>
    log.append(
      {
        type: 'epoch-started',
        app: identity.app,
        project: identity.project.slice(0, LIMITS.nameLength),
        root: identity.root,
        runtime: `node ${process.versions.node}`,
        middlewares: middlewares.map((middleware) => middleware.describe()),
        ...(cluster.isWorker ? { partial: PARTIAL } : {}),
      } satisfies Omit<EpochStarted, 'epoch' | 'seq' | 'at'>,
      0,
      null,
    );
  const faults = createFaults(log);
  const endpoint = createEndpoint({
    log,
    identity,
    options,
    middlewares: () => middlewares,
    fault: (where, error) => faults.note(where, error),
  });
  return {
    identity,
    log,
    redaction,
    endpoint,
    sources: createSourceTaker({ root: identity.root }),
    faults,
    path: options.path ?? '/__sessionscope__',
    middlewares: () => middlewares,
    register(middleware) {
      middlewares.push(middleware);
      tellEpoch();
      return middlewares.length - 1;
    },
  };
}

const SHARED = Symbol.for('sessionscope.companion');
type Shared = typeof globalThis & { [SHARED]?: Companion };

/**
 * The process's companion, made with the options of who asks first: several observed middlewares, and several copies
 * of this package, share one log and one endpoint.
 */
export function companionOf(options: CompanionOptions = {}): Companion {
  checkOptions(options);
  return ((globalThis as Shared)[SHARED] ??= createCompanion(options));
}
