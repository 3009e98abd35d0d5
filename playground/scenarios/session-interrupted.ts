import { html } from '../html.ts';
import { logoutUndone } from './logout-undone.ts';
import type { Scenario } from './scenario.ts';

/** Problem 6 where the framework refuses what others save: a session that was deleted is never written back. */
export const sessionInterrupted: Scenario = {
  ...logoutUndone,
  id: 'session-interrupted',
  title: 'Saving after a logout',
  symptom: 'a 400 now and then, SessionInterrupted',
  cause: 'A request that was under way during the logout saves a session that is not there any more.',
  libraries: ['django-sessions'],
  python: ['django'],
  module: logoutUndone.id,
  isSeen: (answers) => answers.some(({ status }) => status === 400),
  page: {
    ...logoutUndone.page!,
    look: html`The <b>flush</b>, and after it a <b>save</b> that failed. A session that was deleted is never written
      back: the late request is answered with a 400.`,
  },
};
