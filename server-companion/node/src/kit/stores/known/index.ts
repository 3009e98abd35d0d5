/** Stores of packages of their own, each as its source has it. A new one is a file here and a line below. */
import { betterSqlite3SessionStore } from './better-sqlite3-session-store.ts';
import { connectSessionKnex } from './connect-session-knex.ts';
import { connectSessionSequelize } from './connect-session-sequelize.ts';
import { expressMysqlSession } from './express-mysql-session.ts';
import type { KnownStore } from './known-store.ts';
import { memorystore } from './memorystore.ts';
import { sessionFileStore } from './session-file-store.ts';

export const KNOWN_STORES: readonly KnownStore[] = [
  memorystore,
  sessionFileStore,
  expressMysqlSession,
  connectSessionKnex,
  connectSessionSequelize,
  betterSqlite3SessionStore,
];
