import { formatBytes, formatDuration, formatTime, type PanelModel, partsOf, sessionAt } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';
import { ValueView } from './value.tsx';

const OUTCOMES = {
  found: 'The store holds this record.',
  missing: 'The store holds no record of this session.',
  expired: 'The store holds a record that has expired.',
  error: 'The store could not be read.',
  unreadable: 'This store can not be read without a trace.',
} as const;

/** The record as it lies in the store, read on demand without a trace, with the time of the look. */
export function StoreLookView({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const { readStore } = actions;
  const cursor = model.cursor.value;
  const session = cursor && sessionAt(cursor.exchange, cursor.index);
  const latest = model.storeLook.value;
  // A look at another session, before a login say, would be read as this one's.
  const isOther = latest?.answer.session !== undefined && session !== undefined && latest.answer.session !== session;
  const look = isOther ? undefined : latest;
  if (look === undefined && readStore === undefined) return null;
  const store = look?.answer.store;
  return (
    <section class="section" aria-label="Record in the store">
      <h3>Record in the store {look && <span class="quiet">as of {formatTime(look.at)}</span>}</h3>
      {look?.answer.session === null && (
        <p>The cookie names no session{look.answer.signature === 'invalid' ? ': its signature does not hold' : ''}.</p>
      )}
      {store && look.answer.session !== null && (
        <p>
          {store.text ?? OUTCOMES[store.outcome]}{' '}
          <span class="quiet">
            {[
              `session ${look.answer.session}`,
              store.bytes !== undefined && formatBytes(store.bytes),
              typeof store.expiresAt === 'number' &&
                (store.expiresAt > look.at
                  ? `ends in ${formatDuration(store.expiresAt - look.at)}`
                  : `ended ${formatDuration(look.at - store.expiresAt)} before`),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </p>
      )}
      {store?.state !== undefined && (
        <table class="grid">
          <tbody>
            {(partsOf(store.state) ?? []).map(([key, value]) => (
              <tr key={String(key)}>
                <td class="mono" style={{ width: '30%' }}>
                  {key}
                </td>
                <td class="mono">
                  <ValueView value={value} depth={2} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {readStore && (
        <div class="acts">
          <button type="button" class="button" onClick={() => void readStore()}>
            {look ? 'Look again' : 'Look into the store'}
          </button>
        </div>
      )}
    </section>
  );
}
