/** What the responses of one origin say of the program behind it, without a companion: headers, and names of cookies. */
import type { SeenResponse } from './seen-response.ts';

/** Each value once, in the order in which they were seen. */
export interface ServerClues {
  poweredBy: readonly string[];
  servers: readonly string[];
  setCookies: readonly string[];
  sentCookies: readonly string[];
}

/** Of one kind. A page of a real app has a few. */
const MAX_CLUES = 30;

const NONE: ServerClues = { poweredBy: [], servers: [], setCookies: [], sentCookies: [] };

const withNew = (known: readonly string[], seen: readonly (string | undefined)[]): readonly string[] => {
  const added = seen.filter((value): value is string => value !== undefined && value !== '' && !known.includes(value));
  return added.length === 0 ? known : [...new Set([...known, ...added])].slice(0, MAX_CLUES);
};

/** `clues` and what this response adds; the same object where it adds nothing. */
export function cluesWith(clues: ServerClues = NONE, response: SeenResponse): ServerClues {
  const next: ServerClues = {
    poweredBy: withNew(clues.poweredBy, [response.poweredBy]),
    servers: withNew(clues.servers, [response.server]),
    setCookies: withNew(
      clues.setCookies,
      response.setCookies.map(({ name }) => name),
    ),
    sentCookies: withNew(clues.sentCookies, response.cookieNames ?? []),
  };
  return Object.entries(next).every(([kind, values]) => values === clues[kind as keyof ServerClues]) ? clues : next;
}
