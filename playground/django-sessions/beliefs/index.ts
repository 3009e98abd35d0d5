import { NESTED } from '../problems/index.ts';
import type { Topic } from '../topic.ts';
import { anyObject } from './any-object.ts';
import { deleteLogsOut } from './delete-logs-out.ts';
import { neverExpires } from './never-expires.ts';
import { placeForSecrets } from './place-for-secrets.ts';
import { storedAtOnce } from './stored-at-once.ts';

/** What newcomers believe of sessions, each with a page of its own that shows in one click what happens. */
export const BELIEFS: readonly Topic[] = [storedAtOnce, anyObject, deleteLogsOut, placeForSecrets, neverExpires];

/** In the list there is one more, whose page is that of a bug. */
export const LISTED_BELIEFS: readonly Pick<Topic, 'path' | 'says'>[] = [
  storedAtOnce,
  anyObject,
  deleteLogsOut,
  { path: NESTED.path, says: 'What I change in the session is saved.' },
  placeForSecrets,
  neverExpires,
];
