/** One companion for a process: what its adapters record meets here what its endpoint reports. */
import cluster from 'node:cluster';
import { realpathSync } from 'node:fs';
import { type EpochStarted, LIMITS } from '../../../../protocol/index.ts';
import { activationOf, startLine } from './activation.ts';
import type { ObservedMiddleware } from './contract.ts';
import { createEndpoint, type Endpoint } from './endpoint/endpoint.ts';
import { createGateRules, isAllowedHost } from './endpoint/gate.ts';
import { createEventLog, type WritableLog } from './event-log.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Identity, loadIdentity } from './identity.ts';
import { checkOptions, type CompanionOptions } from './options.ts';
import { createRedaction, type Redaction } from './redaction.ts';
import { createLogInTurn, type LogState } from './shared-log/log-in-turn.ts';
import { parseRedisUrl } from './shared-log/redis-url.ts';
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
  /** Whether the endpoint answers to a `Host` header. To a request with another no discovery header is sent. */
  allowsHost(host: string | undefined): boolean;
  /** Whether a request with this `Host` header is observed. */
  observes(host: string | undefined): boolean;
  /** Adds an observed middleware and reports it; returns its index in `epoch-started`'s `middlewares`. */
  register(middleware: ObservedMiddleware): number;
  /** Reports once on which port the app was reached, and where each middleware is mounted by then. */
  servedAt(port: number | undefined): void;
  /** Those added, in order. */
  middlewares(): readonly ObservedMiddleware[];
  /** What the copies of one adapter share: a bundler makes one for each entry, a reload one more. By the adapter's name. */
  readonly shared: Map<string, unknown>;
  /** Closes the direct listener and a shared log's connections. */
  close(): void;
}

/** Optional fields that the adapters of this package record, so that one that is absent says something; `open`: a call. */
const CAPABILITIES =
  'stored layer bytes digest gone unreadable pending host site dest purpose client headAtMs cacheControl vary location server secret commit open'.split(
    ' ',
  );

/** Reported by a worker of `node:cluster` (PM2's cluster mode is one): requests go to its siblings too. */
const PARTIAL =
  'This process is one of several workers, and each keeps a log of its own: what the other workers did is not shown. ' +
  "The option log: 'redis://127.0.0.1:6379/0' lets them share one; or run one worker while you look.";

/** A log in this process's memory. */
const OWN: LogState = { isShared: false };

const identityFor = ({ root }: CompanionOptions): Identity =>
  loadIdentity(root === undefined ? undefined : realpathSync(root));

/** As `companionOf`, always a new one: for tests. */
export function createCompanion(
  options: CompanionOptions = {},
  identity: Identity = identityFor(options),
  activation: 'on' | 'local' = 'on',
): Companion {
  checkOptions(options);
  const rules = createGateRules(options.allowedHosts, options.allowedExtensions);
  /** One request after the other names the same host. */
  let lastHost: string | undefined;
  let wasAllowed = isAllowedHost(undefined, rules);
  const allowsHost = (host: string | undefined): boolean => {
    if (host !== lastHost) {
      lastHost = host;
      wasAllowed = isAllowedHost(host, rules);
    }
    return wasAllowed;
  };
  const observes = (host: string | undefined): boolean => activation === 'on' || allowsHost(host);
  const redaction = createRedaction(identity.digest, options.redact, identity.withoutKeys);
  const middlewares: ObservedMiddleware[] = [];
  let port: number | undefined;
  const address = options.log === undefined ? undefined : parseRedisUrl(options.log);
  const inTurn =
    address &&
    createLogInTurn({
      address,
      redaction,
      limits: options.limits,
      app: identity.app,
      withoutKeysInJson: identity.withoutKeysInJson,
      now: Date.now,
      onBegin: () => recordEpoch(),
    });
  const log = inTurn ?? createEventLog({ redaction, limits: options.limits ?? {} });
  const recordEpoch = () => {
    const state = inTurn === undefined ? OWN : inTurn.state;
    // It is recorded once the log begins, with the middlewares that there are by then.
    if (state === undefined || middlewares.length === 0) return;
    const partial = state.fault ?? (cluster.isWorker && !state.isShared ? PARTIAL : undefined);
    log.append(
      {
        type: 'epoch-started',
        app: identity.app,
        project: identity.project.slice(0, LIMITS.nameLength),
        root: identity.root,
        runtime: `node ${process.versions.node}`,
        server: { name: identity.project.slice(0, LIMITS.nameLength), ...(port === undefined ? {} : { port }) },
        capabilities: CAPABILITIES,
        middlewares: middlewares.map((middleware) => middleware.describe()),
        ...(partial === undefined ? {} : { partial: partial.slice(0, LIMITS.sentenceLength) }),
      } satisfies Omit<EpochStarted, 'epoch' | 'seq' | 'at'>,
      0,
      null,
    );
  };
  const faults = createFaults(log);
  const endpoint = createEndpoint({
    log,
    identity,
    options,
    rules,
    observes,
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
    allowsHost,
    observes,
    middlewares: () => middlewares,
    shared: new Map(),
    servedAt(given) {
      if (port !== undefined || given === undefined) return;
      port = given;
      recordEpoch();
    },
    register(middleware) {
      middlewares.push(middleware);
      recordEpoch();
      return middlewares.length - 1;
    },
    close() {
      endpoint.close();
      inTurn?.close();
    },
  };
}

const SHARED = Symbol.for('sessionscope.companion');
type Shared = typeof globalThis & { [SHARED]?: Companion };

/**
 * The process's companion, made with the options of who asks first: several observed middlewares, and several copies
 * of this package, share one log and one endpoint. Says once, on standard error, that it is on.
 */
export function companionOf(options: CompanionOptions = {}): Companion {
  checkOptions(options);
  return ((globalThis as Shared)[SHARED] ??= startCompanion(options));
}

function sayStart(activation: 'on' | 'local', options: CompanionOptions, companion: Companion): void {
  try {
    const libraries = [...new Set(companion.middlewares().map((middleware) => middleware.describe().library))];
    const line = startLine(activation, options, { libraries, isTerminal: process.stderr.isTTY === true });
    if (line !== undefined) process.stderr.write(`${line}\n`);
  } catch {
    // Nobody reads it.
  }
}

function startCompanion(options: CompanionOptions): Companion {
  // Whoever asks is on already.
  const activation = activationOf(options) === 'local' ? 'local' : 'on';
  const companion = createCompanion(options, identityFor(options), activation);
  // What the app mounts at its start is known by then.
  setImmediate(() => sayStart(activation, options, companion));
  return companion;
}
