/** The rows of a lineage in words. What was not seen is said so. */
import { isSealed } from '../findings/facts.ts';
import { list, type Part, say, type Sentence } from '../findings/sentence.ts';
import type { FamilyLink } from '../history/family.ts';
import { stepsOf } from '../history/session-steps.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import type { LineageMoment } from './lineage-moment.ts';
import type { Users } from './lineage-users.ts';

type Of<Is extends LineageMoment['is']> = Extract<LineageMoment, { is: Is }>;

/** What happened, and below it what is not known of it. */
export interface LineageLabel {
  text: Sentence;
  note?: Sentence;
}

export function lineageLabel(moment: Exclude<LineageMoment, Of<'brought' | 'set'>>, forkOf?: Sentence): LineageLabel {
  const request = { request: moment.exchange };
  switch (moment.is) {
    case 'begun':
      return beginning(moment, forkOf);
    case 'joined':
      return {
        text:
          moment.link.is === 'next'
            ? say`next in this tab after ${{ session: moment.link.from }}, given by ${request}`
            : say`${request} came with ${{ session: moment.link.from }} and got this one`,
      };
    case 'user':
      return { text: users(moment, request) };
    case 'ended':
      return isSealed(moment.exchange)
        ? {
            text: say`${request} took it from the browser${call(moment)}`,
            note: say`A copy of the cookie still works: there is no record to delete.`,
          }
        : { text: say`ended by ${request}${call(moment)}` };
    case 'expired':
      return { text: say`expired: the store dropped the record` };
    case 'missing':
      if (moment.since !== undefined) return { text: say`${request} brought it after that, and there was no record` };
      return {
        text: say`${request} brought it, and there was no record`,
        note:
          moment.emptied === undefined
            ? say`What took the record away was not recorded.`
            : say`${{ code: moment.emptied }} keeps records in the process: they went with it when the server was restarted.`,
      };
    case 'revived':
      return { text: say`${request} saved it again after it had ended` };
    case 'works':
      return isSealed(moment.exchange)
        ? { text: say`${request} brought it again after that, and the cookie still worked` }
        : { text: say`${request} brought the old key after that, and it opened a session` };
  }
}

function beginning(moment: Of<'begun'>, forkOf: Sentence | undefined): LineageLabel {
  const { how, link, exchange } = moment;
  const request = { request: exchange };
  const from = { session: link?.from ?? '' };
  const fork = forkOf === undefined ? {} : { note: forkOf };
  switch (how) {
    case 'made':
      return { text: say`made by ${request}${cookieOf(moment)}` };
    case 'rotated':
      return { text: say`replaced the key ${from} in ${request}${call(moment)}${cookieOf(moment)}`, ...fork };
    case 'sealed':
      return { text: say`sealed from ${from} by ${request}${cookieOf(moment)}`, ...fork };
    case 'moved':
      return {
        text: say`replaced the key ${from} in ${request}, which found its record gone and saved again${cookieOf(moment)}`,
        ...fork,
      };
    case 'replaced':
      return { text: say`made by ${request}, which had brought ${from}${reason(exchange, from.session)}` };
    case 'next':
      return { text: say`made by ${request}, next in this tab after ${from} was taken from the browser` };
    case 'adopted':
      return {
        text: say`${request} brought it, found no record, and saved under it`,
        note: say`Who made this key was not recorded.`,
      };
    default:
      return {
        text: moment.isCut ? say`drawn from ${request} on` : say`first seen in ${request}`,
        note: unseen(moment),
      };
  }
}

const unseen = ({ isAfterBreak, isCut }: Of<'begun'>): Sentence =>
  isCut
    ? say`Older requests that had to do with it are left out here.`
    : isAfterBreak
      ? say`Who made it was not recorded: events were lost, or the server was restarted, before that.`
      : say`Who made it was not recorded: it is older than the recording, or another client's.`;

/** Why a request that brought one key ended with another. */
function reason(exchange: ExchangeRecord, from: string): Sentence {
  const step = stepsOf(exchange).steps.find(
    ({ session, is }) => session === from && (is === 'missing' || is === 'ended'),
  );
  if (step === undefined) return [];
  return step.is === 'missing' ? say` and found no record` : say` and ended it`;
}

/** The library's own word, where the app asked for it. */
const call = ({ operation }: LineageMoment): Sentence =>
  operation === undefined || operation.actor !== 'app' ? [] : say` (${{ code: operation.call }})`;

/** Only where the cookie did not go along with it. */
function cookieOf({ exchange, session }: LineageMoment): Sentence {
  const { finished } = exchange;
  if (finished === undefined || finished.sessionAfter !== session) return [];
  return finished.verdict.cookie.outcome === 'not-set' ? say`; its cookie was not set` : [];
}

const MAX_USERS = 2;

function users({ users: who, isLoaded, operation }: Of<'user'>, request: Part): Sentence {
  if (who.size === 0) return say`no user any more, since ${request}`;
  const what = userLabel(who);
  return isLoaded ? say`holds ${what}, as ${request} loaded it` : say`${what} since ${request}${sealedNote(operation)}`;
}

const sealedNote = (operation: LineageMoment['operation']): Sentence =>
  operation?.operation === 'save' ? say`, which saved it` : [];

const userLabel = (who: Users): Sentence =>
  [...who]
    .slice(0, MAX_USERS)
    .flatMap(([key, value], index) => say`${index > 0 ? ', ' : ''}${{ path: [key] }} ${{ value }}`);

/** Of a key that came from one which had become another before. */
export const forkLabel = (siblings: readonly FamilyLink[]): Sentence =>
  say`A fork: ${list(siblings.map(({ to }) => ({ session: to })))} had come from ${{ session: siblings[0]!.from }} too, by ${list(
    siblings.map(({ exchange }) => ({ request: exchange })),
  )}. Each continues without the other.`;
