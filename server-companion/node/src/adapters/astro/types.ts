/** The parts of Astro that the adapter touches. */

/** `Astro.session`: a class with private fields, which no proxy can stand for. */
export interface Session {
  /** `undefined`: none has been needed yet. */
  readonly sessionID: string | undefined;
  get(key: string): Promise<unknown>;
  has(key: string): Promise<boolean>;
  keys(): Promise<Iterable<string>>;
  values(): Promise<unknown[]>;
  entries(): Promise<[key: string, value: unknown][]>;
  set(key: string, value: unknown, options?: { ttl?: number }): void;
  delete(key: string): void;
  destroy(): void;
  regenerate(): Promise<void>;
  load(sessionID: string): Promise<void>;
}

export type SessionClass = new (options: object) => Session;

/** `session` of the app's astro.config, as the server keeps it. Its `options` are the driver's, secrets among them. */
export interface SessionConfig {
  /** The module that it is loaded from. */
  driver?: string;
  cookie?: string | { name?: string; [option: string]: unknown };
  /** Seconds. */
  ttl?: number;
}

export interface Context {
  readonly isPrerendered?: boolean;
  readonly session: Session | undefined;
}

/** What runs the rest of the app is run once, and what it gives is given. */
export type Middleware = <Result>(context: object, next: () => Result) => Result;

const STATE = Symbol.for('astro.fetchState');

interface Manifest {
  sessionConfig?: SessionConfig;
}

/** From what Astro 6 and 7 keep with each request. */
export function configOf(context: Context): SessionConfig | undefined {
  const state = (context as { [STATE]?: { manifest?: Manifest; pipeline?: { manifest?: Manifest } } })[STATE];
  return (state?.manifest ?? state?.pipeline?.manifest)?.sessionConfig;
}
