/** One call of the library's `commit`: why it saved, and what came of it. */
import type { EncodedValue } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import type { CommitOptions, SessionLike } from './types.ts';

/** The library's words (`changed`, `rolling`, `renew`), and what it calls `force`, by who forced it. */
export type SaveReason = 'changed' | 'rolling' | 'renew' | 'save-called' | 'max-age-changed' | 'regenerated';

export type Failure =
  | 'store-error'
  | 'not-serializable'
  | 'secure-over-http'
  | 'keys-missing'
  | 'too-late'
  | 'commit-failed';

/** A call of `commit`, from the moment that it is made. */
export interface Commit {
  readonly part: LibraryCall;
  /** `undefined`: the library saw nothing to save. */
  reason: SaveReason | undefined;
  /** `ctx.session` is null: what was sent is to be dropped. */
  readonly isRemoval: boolean;
  /** The store was asked to write or delete. */
  store: 'none' | 'pending' | 'done' | 'failed';
  outcome: 'pending' | 'done' | 'failed';
  failure: Failure | undefined;
  error: { name: string; message: string } | undefined;
}

/** What a save hands to the store or the cookie, as it was at that moment. */
export interface Written {
  readonly whole: { state: EncodedValue; keys: number };
  readonly stored: EncodedValue;
  readonly bytes: number;
  /** Epoch ms; `null`: it names no end. */
  readonly endsAt: number | null;
  readonly from: string | null;
  readonly startedAt: number;
}

export function newCommit(part: LibraryCall, options: CommitOptions, session: SessionLike | false | undefined): Commit {
  return {
    part,
    reason: session === false ? undefined : forcedBy(options, session),
    isRemoval: session === false,
    store: 'none',
    outcome: 'pending',
    failure: undefined,
    error: undefined,
  };
}

/** The library's `force`: it compares nothing. */
function forcedBy(
  { save = false, regenerate = false }: CommitOptions,
  { _requireSave: isRequired = false }: Partial<SessionLike> = {},
): SaveReason | undefined {
  if (regenerate) return 'regenerated';
  if (save) return 'save-called';
  return isRequired ? 'max-age-changed' : undefined;
}

/** `reason`: what the library's `_shouldSaveSession` gave. */
export function decided(commit: Commit, reason: unknown): void {
  if (reason === 'changed' || reason === 'rolling' || reason === 'renew') commit.reason = reason;
}

export function failed(commit: Commit, error: unknown, isUnserializable = false): void {
  commit.outcome = 'failed';
  commit.error = describeError(error);
  commit.failure = isUnserializable ? 'not-serializable' : failureOf(commit, error);
}

/** By the words of the package `cookies`, on which Koa stands, and by Node's. */
function failureOf({ store }: Commit, error: unknown): Failure {
  if (store === 'failed') return 'store-error';
  const { code } = (error ?? {}) as { code?: unknown };
  const { message } = describeError(error);
  if (code === 'ERR_HTTP_HEADERS_SENT') return 'too-late';
  if (/secure cookie over unencrypted/.test(message)) return 'secure-over-http';
  if (/\.keys required/.test(message)) return 'keys-missing';
  if (/serialize a BigInt|circular structure/i.test(message)) return 'not-serializable';
  return 'commit-failed';
}
