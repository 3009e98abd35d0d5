/** A page of the demo with what it needs to be listed. */
import type { Sessions } from '@sessionscope/django-sessions';
import type { Express } from 'express';
import type { DemoData } from './session-data.ts';

export interface Topic {
  path: string;
  title: string;
  /** One line for the list: what a user would say, or what is shown. */
  says: string;
  pages(app: Express, sessions: Sessions<DemoData>): void;
}
