/** Why the record is what it is after a request: express-session's own rules, in the order in which they decide. */
import { always, type RecordRow as Row } from '../../kit/verdict/table.ts';
import type { Facts } from './facts.ts';
import { SKIPPED } from './skipped.ts';

type RecordRow = Row<Facts>;

const words = (error: { name: string; message: string } | undefined): string =>
  `${error?.name ?? 'Error'}: ${(error?.message ?? '').slice(0, 800)}`;

/** There never was a session: the load failed, or the library stood aside. */
const WITHOUT_SESSION: readonly RecordRow[] = [
  {
    reason: 'unreadable',
    outcome: 'unreadable',
    when: ({ skippedBecause, load, loadError }) =>
      skippedBecause === 'failed' && loadError !== undefined && load === 'unreadable',
    text: ({ loadError }) =>
      `The record that the cookie names could not be decoded (${loadError!.name}), so express-session answered with an error before there was a session.`,
    fix: "Delete the record, or read it with the store's serializer that wrote it.",
  },
  {
    reason: 'load-failed',
    outcome: 'failed',
    when: ({ skippedBecause, loadError }) => skippedBecause === 'failed' && loadError !== undefined,
    text: ({ loadError }) =>
      `The store failed on the load, so express-session answered with an error before there was a session: ${words(loadError)}`,
    fix: 'Check that the store is reachable.',
  },
  ...SKIPPED,
];

const STORE_IS_SILENT = 'Check that the store is reachable and that it calls its callback.';

/** The connection closed first; what is still to come decides. */
const UNDECIDED: readonly RecordRow[] = [
  {
    reason: 'load-pending',
    outcome: 'pending',
    when: ({ isUndecided, phase }) => isUndecided && phase === 'loading',
    text: 'The connection closed before the store had given the session: the app has not seen the request yet.',
    fix: STORE_IS_SILENT,
  },
  {
    reason: 'response-pending',
    outcome: 'pending',
    when: ({ isUndecided, isEnded }) => isUndecided && !isEnded,
    text: 'The connection closed, and the app has not ended the response yet: express-session saves when it does.',
  },
  {
    reason: 'store-pending',
    outcome: 'pending',
    when: ({ isUndecided }) => isUndecided,
    text: ({ writes }) =>
      `The connection closed, and the store has not answered yet: it was asked to ${writes.at(-1)?.kind ?? 'save'}.`,
    fix: STORE_IS_SILENT,
  },
];

const FAILED_AT_END: readonly RecordRow[] = [
  {
    reason: 'session-replaced',
    outcome: 'failed',
    when: ({ endError, isReplaced }) => endError !== undefined && isReplaced,
    text: ({ endError }) =>
      `req.session was replaced by another object, which lacks the methods of a session: ${words(endError)}`,
    fix: 'Write into the session that is there: Object.assign(req.session, values).',
  },
  {
    reason: 'end-failed',
    outcome: 'failed',
    when: ({ endError, write }) => endError !== undefined && write?.outcome !== 'done',
    text: ({ endError }) => `express-session could not save when the response was ended: ${words(endError)}`,
    fix: 'Keep to values that JSON can hold: a bigint, a cycle and a toJSON that throws are the usual causes.',
  },
];

/** Nothing was written. */
const UNWRITTEN: readonly RecordRow[] = [
  {
    reason: 'no-session',
    outcome: 'none',
    when: ({ write, hasSession }) => write === undefined && !hasSession,
    text: 'There was no req.session when the response ended.',
    setting: ({ settings }) => `unset: '${settings.unset}'`,
  },
  {
    reason: 'bogus-key',
    outcome: 'none',
    when: ({ write, hasKey }) => write === undefined && !hasKey,
    text: 'req.sessionID is not a string, so express-session neither saved the session nor set a cookie.',
    fix: 'Let genid return a string.',
  },
  {
    reason: 'no-response',
    outcome: ({ isModified }) => (isModified ? 'not-saved' : 'none'),
    when: ({ write, isResponse }) => write === undefined && !isResponse,
    text: 'There is no response that could end (a WebSocket), and express-session saves when one ends.',
    fix: ({ isModified }) => (isModified ? 'Call req.session.save() after the change.' : undefined),
  },
  {
    reason: 'expired',
    outcome: 'missing',
    when: ({ write, load }) => write === undefined && load === 'expired',
    text: 'The record that the cookie names had expired; nothing was written to the new session.',
  },
  {
    reason: 'missing',
    outcome: 'missing',
    when: ({ write, load }) => write === undefined && load === 'missing',
    text: 'The store holds no record by the name that the cookie gives: expired, deleted, or from before a restart. Nothing was written to the new session.',
  },
  {
    reason: 'uninitialized',
    outcome: 'none',
    when: ({ write, isNewKey }) => write === undefined && isNewKey,
    text: 'A new session that nothing was written to is not stored.',
    setting: ({ settings }) => `saveUninitialized: ${settings.saveUninitialized}`,
  },
  {
    reason: 'unmodified',
    outcome: 'unchanged',
    when: ({ write }) => write === undefined,
    text: 'Nothing changed, so nothing was written.',
    setting: ({ settings }) => `resave: ${settings.resave}`,
  },
];

/** The store was asked to write, and what came of it is no save. */
const WRITTEN: readonly RecordRow[] = [
  {
    reason: 'store-error',
    outcome: 'failed',
    when: ({ write }) => write?.outcome === 'error',
    text: ({ write, writes }) =>
      `The store failed on ${write!.kind}: ${words(write!.error)}.${
        write === writes.at(-1)
          ? ''
          : " express-session took it for saved, and reset the old record's expiry when the response ended."
      }`,
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'gone',
    outcome: 'missing',
    when: ({ write }) => write?.outcome === 'gone',
    text: 'The record was gone when its expiry was to be reset: it was deleted, or it expired, while this request ran. Nothing was written.',
  },
  {
    reason: 'saved-expired',
    outcome: 'deleted',
    when: ({ write }) => write?.isDropped === true,
    text: 'The session was saved with an end in the past, so the store deleted the record at once.',
    fix: 'Set cookie.maxAge to a positive number of milliseconds, or destroy the session where it is to end.',
  },
  {
    reason: 'unset',
    outcome: 'deleted',
    when: ({ write }) => write?.kind === 'destroy' && write.actor === 'framework',
    text: 'req.session was unset, so the record was deleted.',
    setting: "unset: 'destroy'",
  },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ write }) => write?.kind === 'destroy',
    text: 'The app destroyed the session.',
  },
  {
    reason: 'touch-disabled',
    outcome: 'unchanged',
    when: ({ write, touchDisabled }) => write?.kind === 'touch' && touchDisabled !== undefined,
    text: "Nothing changed, and the store does not reset a record's expiry.",
    setting: ({ touchDisabled }) => touchDisabled,
  },
  {
    reason: 'deleted-meanwhile',
    outcome: 'touched',
    when: ({ write }) => write?.kind === 'touch' && write.wasGone,
    text: 'The record was deleted while this request ran, and the store was then asked to reset its expiry. Whether it found a record, or wrote one, is not known of this store.',
  },
  {
    reason: 'unmodified',
    outcome: 'touched',
    when: ({ write }) => write?.kind === 'touch',
    text: "Nothing had changed by the time the response ended: only the record's expiry was reset.",
  },
];

const revived = ({ write }: Facts): string =>
  write?.wasGone
    ? ' The record was gone by then (deleted or expired while this request ran): this save brought it back.'
    : '';

const SAVED: readonly RecordRow[] = [
  {
    reason: 'app-saved',
    outcome: 'saved',
    when: ({ write }) => write?.actor === 'app',
    text: (facts) => `The app called save().${revived(facts)}`,
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: ({ isModified, isNewKey }) => isModified && isNewKey,
    text: ({ isEmpty }) =>
      isEmpty ? 'A new session, whose data was taken out again.' : 'A new session with data in it.',
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: ({ isModified }) => isModified,
    text: (facts) => `The session was changed.${revived(facts)}`,
  },
  {
    reason: 'regenerated',
    outcome: 'saved',
    when: ({ writes }) => writes.some(({ call }) => call === 'regenerate'),
    text: 'The session was regenerated: the old record is deleted, the new one stored, though nothing was written to it.',
  },
  {
    reason: 'save-uninitialized',
    outcome: 'saved',
    when: ({ isNewKey, settings }) => isNewKey && settings.saveUninitialized,
    text: 'A new session was saved with nothing in it.',
    setting: 'saveUninitialized: true',
    fix: 'saveUninitialized: false keeps visitors without data out of the store.',
  },
  {
    reason: 'resave',
    outcome: 'saved',
    when: ({ settings, load }) => settings.resave && load === 'found',
    text: (facts) => `Nothing changed, and the record was written again.${revived(facts)}`,
    setting: 'resave: true',
    fix: 'resave: false leaves unchanged records alone, so that a slow request writes no old copy over a newer one.',
  },
  {
    reason: 'unsaved',
    outcome: 'saved',
    when: always,
    text: 'express-session found that this content was not saved yet.',
  },
];

export const RECORD: readonly RecordRow[] = [
  ...WITHOUT_SESSION,
  ...UNDECIDED,
  ...FAILED_AT_END,
  ...UNWRITTEN,
  ...WRITTEN,
  ...SAVED,
];
