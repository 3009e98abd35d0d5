/** The free texts of events: what an error, a library or a path says, and not what a session holds. */
import { LIMITS, type SessionscopeEvent } from '../../../../protocol/index.ts';

type Clean = (sentence: string) => string;

/** `record` with each of its fields that is a text cleaned; the same one where none changes. */
function cleanFields<T extends object>(record: T, fields: readonly (keyof T)[], clean: Clean): T {
  let copy: T | undefined;
  for (const field of fields) {
    const text = record[field];
    if (typeof text !== 'string') continue;
    const cleaned = clean(text);
    if (cleaned !== text) (copy ??= { ...record })[field] = fitting(cleaned, text) as T[typeof field];
  }
  return copy ?? record;
}

/** What stands for a secret may be longer than it was: no field grows past its bound by that. */
const fitting = (cleaned: string, text: string) => cleaned.slice(0, Math.max(text.length, LIMITS.nameLength - 1));

// With every request, and nearly always so: no list of fields is gone through for it.
const isClean = (text: string | undefined, clean: Clean): boolean => text === undefined || clean(text) === text;

const isCleanReason = ({ text, setting, fix }: Reason, clean: Clean): boolean =>
  isClean(text, clean) && isClean(setting, clean) && isClean(fix, clean);

interface Reason {
  readonly text: string;
  readonly setting?: string;
  readonly fix?: string;
}

const STARTED_SENTENCES = ['path', 'dest', 'purpose'] as const;
const VERDICT_SENTENCES = ['text', 'setting', 'fix'] as const;

/** Replaces each free text of `event` by what `clean` makes of it, in place. Objects inside it are not changed. */
export function mapSentences<T extends SessionscopeEvent>(event: T, clean: Clean): T {
  const given: SessionscopeEvent = event;
  switch (given.type) {
    case 'operation-recorded':
      if (given.error !== undefined) given.error = cleanFields(given.error, ['name', 'message'], clean);
      break;
    case 'exchange-started': {
      const { path, dest, purpose } = given;
      if (isClean(path, clean) && isClean(dest, clean) && isClean(purpose, clean)) break;
      Object.assign(given, cleanFields(given, STARTED_SENTENCES, clean));
      break;
    }
    case 'exchange-finished': {
      const { record, cookie } = given.verdict;
      if (!isCleanReason(record, clean) || !isCleanReason(cookie, clean))
        given.verdict = {
          record: cleanFields(record, VERDICT_SENTENCES, clean),
          cookie: cleanFields(cookie, VERDICT_SENTENCES, clean),
        };
      if (given.location !== undefined) Object.assign(given, cleanFields(given, ['location'], clean));
      break;
    }
    case 'fault-noted':
      given.message = fitting(clean(given.message), given.message);
      break;
    case 'epoch-started':
      given.middlewares = given.middlewares.map((middleware) => ({
        ...middleware,
        settings: cleanFields(middleware.settings, Object.keys(middleware.settings), clean),
      }));
      break;
    default:
  }
  return event;
}
