import { recordEngine, type EngineDefinition } from '../../src/public/db.ts';

/** As much of a table of documents as is used. `if` is DynamoDB's `attribute_exists(id)`, or `attribute_not_exists(id)`. */
export interface DocumentTable {
  get(id: string): Promise<{ data: string; endsAt: number } | undefined>;
  /** `false`: the condition did not hold, and nothing was written. */
  put(
    item: { id: string; data: string; endsAt: number; ttl: number },
    condition: { if: 'new' | 'existing' },
  ): Promise<boolean>;
  delete(id: string): Promise<void>;
}

/** Sessions in a table of documents that deletes what is over some time after its attribute `ttl` (epoch seconds). */
export function documentEngine(table: DocumentTable): EngineDefinition {
  const put = (id: string, data: string, expiresAt: Date, when: 'new' | 'existing') => {
    const endsAt = expiresAt.getTime();
    return table.put({ id, data, endsAt, ttl: Math.ceil(endsAt / 1000) }, { if: when });
  };
  return recordEngine({
    name: 'documents',
    store: {
      async find(id) {
        const item = await table.get(id);
        return item && { data: item.data, expiresAt: new Date(item.endsAt) };
      },
      insert: (id, data, expiresAt) => put(id, data, expiresAt, 'new'),
      update: (id, data, expiresAt) => put(id, data, expiresAt, 'existing'),
      remove: (id) => table.delete(id),
    },
  });
}
