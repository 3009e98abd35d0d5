/** What the transport reports to the model. */
import type { SessionAnswer, SessionscopeEvent } from '../protocol/index.ts';
import type { ServerClues } from './server-clues.ts';

/** The same fields as the model's `Connection`, each as it changes. */
export interface ConnectionChange {
  pageOrigin?: string | undefined;
  responses?: number;
  header?: 'none-yet' | 'missing' | 'found' | 'refused' | 'other-version';
  headerFault?: string;
  /** Of the page's own origin, while no companion is known. */
  clues?: ServerClues | undefined;
  permission?: 'unknown' | 'granted' | 'missing';
  hello?: 'untried' | 'ok' | 'failed' | 'refused' | 'other-version' | 'other-app';
  helloOrigin?: string;
  helloFault?: string;
  listener?: 'untried' | 'ok' | 'unreachable';
  listenerFault?: string;
  stream?: 'untried' | 'idle' | 'live' | 'polling' | 'broken' | 'refused';
  streamFault?: string;
  streamSince?: number;
  paired?: boolean;
  /** What answers claims to be paired with this panel and can't prove it: nothing was sent to it. */
  isImpostor?: boolean;
  companion?: { project: string; runtime: string; libraries: string[]; app: string };
  /** The tab shows an error page of the browser's own. */
  isErrorPage?: boolean;
  /** No byte has come for longer than a companion is ever silent. */
  isSilent?: boolean;
  /** Every server app that this tab has shown, whole each time one of them changes. */
  companions?: SeenCompanion[];
}

/** One server app of this tab that has answered. */
export interface SeenCompanion {
  project: string;
  runtime: string;
  libraries: string[];
  app: string;
  /** Origins by which this tab has seen it. */
  origins: string[];
  /** Origin of its own socket, where that is known; else where it was asked. */
  at: string;
  /** Its lives, as events name them. */
  epochs: string[];
  stream: 'untried' | 'idle' | 'live' | 'polling' | 'broken' | 'refused';
  streamFault?: string;
  /** Its own listener is reached. */
  isDirect: boolean;
  paired: boolean;
  /** The page that is open now has shown it. */
  isOfPage: boolean;
}

export interface ConnectorSink {
  connection(change: ConnectionChange): void;
  /** `isMore`: they are of the past, and more of it is on its way. */
  events(events: readonly SessionscopeEvent[], isMore: boolean): void;
  /** A record that was read, and the epochs of the server that read it. */
  session(answer: SessionAnswer, epochs: readonly string[]): void;
}
