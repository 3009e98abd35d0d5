import { DbSession, dbEngine, type DatabaseOptions, type EngineDefinition } from '../../src/public/db.ts';

/** Django's own example: each record names the account that it belongs to. */
class AccountSession extends DbSession {
  protected override columnsOf(data: ReadonlyMap<string, unknown>) {
    const account = Number(data.get('_auth_user_id') ?? Number.NaN);
    return { account_id: Number.isSafeInteger(account) ? account : null };
  }
}

export const accountEngine = (database: DatabaseOptions): EngineDefinition =>
  dbEngine({
    database,
    table: 'mysessions_customsession',
    columns: { account_id: { type: 'integer', index: true } },
    session: AccountSession,
  });
