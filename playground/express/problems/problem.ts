import type { DatabaseSync } from 'node:sqlite';
import type { Express } from 'express';
import type session from 'express-session';

/** A page on which one bug happens at a click. */
export interface Problem {
  path: `/problems/${string}/`;
  title: string;
  /** What a developer would say of it. */
  symptom: string;
  /** Mounts session middleware of its own, ahead of the demo's. */
  mount?: (app: Express, observed: typeof session, database: DatabaseSync) => void;
  pages: (app: Express) => void;
}
