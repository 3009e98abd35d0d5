/** What is known of the way from the page to the companion. */
import type { ServerClues } from './inferred-snippet.ts';

/** What is known of the connection. Everything starts unknown. */
export interface Connection {
  /** Origin of the inspected page. */
  pageOrigin: string | undefined;
  /** Responses of that origin that DevTools has seen. */
  responses: number;
  header: 'none-yet' | 'missing' | 'found' | 'refused' | 'other-version';
  headerFault?: string;
  /** What the page's responses betray of the framework behind it. */
  clues?: ServerClues | undefined;
  permission: 'unknown' | 'granted' | 'missing';
  hello: 'untried' | 'ok' | 'failed' | 'refused' | 'other-version' | 'other-app';
  /** Where hello was tried last. */
  helloOrigin?: string;
  helloFault?: string;
  listener: 'untried' | 'ok' | 'unreachable';
  listenerFault?: string;
  /** `idle`: there is nothing to prove yet, neither a cookie nor a request. */
  stream: 'untried' | 'idle' | 'live' | 'polling' | 'broken' | 'refused';
  streamFault?: string;
  /** Epoch ms since which the stream is what it is. */
  streamSince?: number;
  paired: boolean;
  /** What answers claims to be paired with this panel and can't prove it: nothing was sent to it. */
  isImpostor?: boolean;
  companion?: { project: string; runtime: string; libraries: string[]; app: string };
  /** The tab shows an error page of the browser's own: a certificate, a server that does not answer. */
  isErrorPage?: boolean;
  /** Responses that were matched without our header. */
  headerRemoved?: number;
  /** No byte has come for longer than a companion is ever silent. */
  isSilent?: boolean;
  /** Every server app that this tab has shown. */
  companions?: readonly SeenServer[];
}

/** One server app of this tab that has answered. */
export interface SeenServer {
  project: string;
  runtime: string;
  libraries: readonly string[];
  app: string;
  /** Origins by which this tab has seen it. */
  origins: readonly string[];
  /** Origin of its own socket, where that is known; else where it was asked. */
  at: string;
  epochs: readonly string[];
  stream: Connection['stream'];
  streamFault?: string;
  isDirect: boolean;
  paired: boolean;
  /** The page that is open now has shown it. */
  isOfPage: boolean;
}

export const UNKNOWN_CONNECTION: Connection = {
  pageOrigin: undefined,
  responses: 0,
  header: 'none-yet',
  permission: 'unknown',
  hello: 'untried',
  listener: 'untried',
  stream: 'untried',
  paired: false,
};

/** Whether events come in, or will with the first request. */
export const isConnected = ({ stream }: Connection): boolean =>
  stream === 'live' || stream === 'polling' || stream === 'idle';
