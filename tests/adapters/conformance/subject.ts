/** What the conformance suite asks of each session library that is observed. */
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import type { ScenarioSession } from '../../../playground/scenarios/scenario.ts';

/** A request's session; each subject puts its library's own calls behind it. */
export interface SubjectSession extends ScenarioSession {
  has(key: string): Promise<boolean>;
  keys(): Promise<string[]>;
  /** The session is to end after this. */
  endsIn(ms: number): Promise<void>;
}

/** What the app answers. A text: a 200 with it. A number: that status, and no body. `to`: a redirect. `undefined`: nothing more than what `begin` sent. */
export type Answer = string | number | { readonly to: string } | undefined;

export interface SubjectContext {
  readonly session: SubjectSession;
  /** Sends the head and a first part of the body now. */
  begin(text: string): void;
}

export type Routes = Readonly<Record<string, (context: SubjectContext) => Promise<Answer>>>;

/** `true`: it can. A sentence: why not, which stands in the docs. */
export type Capability = true | string;

/** What is not the same for all libraries. */
export interface Capabilities {
  /** A new key for the same client. */
  readonly rotation: Capability;
  /** An end of the session's own. */
  readonly expiry: Capability;
  /** A record that can be looked at on demand. */
  readonly record: Capability;
  /** A store that can fail. */
  readonly storeErrors: Capability;
  /** The response's end shows, whoever writes it. */
  readonly streaming: Capability;
  /** What a key held is known when it is written. @default true */
  readonly valueBefore?: Capability;
}

export interface ServeOptions {
  /** `undefined`: the bare app. */
  companion: Companion | undefined;
  /** The store fails on each write. */
  failing?: true;
}

export interface Subject {
  readonly name: string;
  /** The docs page of its library. */
  readonly page: string;
  readonly cookieNames: readonly string[];
  /** `explicit`: the subject's app saves what its handler has written. @default 'automatic' */
  readonly commit?: 'explicit';
  readonly capabilities: Capabilities;
  /** Serves on a free port of loopback; what a handler throws is answered by the host. */
  serve(routes: Routes, options: ServeOptions): Promise<{ origin: string; close(): Promise<void> }>;
}
