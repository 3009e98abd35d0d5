import { useState } from 'preact/hooks';
import {
  formatBytes,
  formatDuration,
  formatTime,
  numberText,
  type PanelModel,
  partsOf,
  sessionAt,
  type Write,
} from '../../../model/index.ts';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { messageOf } from '../../parts/message-of.ts';
import { operationName } from '../../parts/operation-name.ts';
import { ValueView } from '../../parts/value.tsx';

/** `place`: the store, or the cookie where that is the record. */
const outcomes = (place: 'store' | 'cookie') =>
  ({
    found: `The ${place} holds this record.`,
    missing: `The ${place} holds no record of this session.`,
    expired: `The ${place} holds a record that has expired.`,
    error: `The ${place} could not be read.`,
    unreadable: `This ${place} cannot be read without changing something.`,
  }) as const;

/** The record as it lies in the store, read on demand without changing anything, with the time of the look. */
export function StoreLookView({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const { readStore } = actions;
  const [fault, setFault] = useState<string>();
  const cursor = model.cursor.value;
  const place = model.state.value?.recordIn ?? 'store';
  const session = cursor && sessionAt(cursor.exchange, cursor.index);
  // Without pairing the server gives this browser's own session alone.
  const mayNameOthers = model.connection.value.paired;
  const latest = model.storeLook.value;
  // A look at another session, before a login say, would be read as this one's.
  const isOther = latest?.answer.session !== undefined && session !== undefined && latest.answer.session !== session;
  const look = isOther ? undefined : latest;
  if (look === undefined && readStore === undefined) return null;
  const store = look?.answer.store;
  return (
    <section class="section" aria-label={`Record in the ${place}`}>
      <h3>
        Record in the {place} {look && <span class="quiet">as of {formatTime(look.at)}</span>}
      </h3>
      {look?.olderThan && <OldNote write={look.olderThan} model={model} canRefresh={readStore !== undefined} />}
      {look?.answer.session === null && (
        <p>The cookie names no session{look.answer.signature === 'invalid' ? ': its signature is invalid' : ''}.</p>
      )}
      {store && look.answer.session !== null && (
        <p>
          {store.text ?? outcomes(place)[store.outcome]}{' '}
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
        <table class={`grid ${look?.olderThan ? 'quiet' : ''}`}>
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
      {fault && (
        <p class="note" role="alert">
          {fault}
        </p>
      )}
      {readStore && (
        <div class="acts">
          <button
            type="button"
            class="button"
            onClick={() => {
              setFault(undefined);
              readStore(cursor?.exchange.epoch, mayNameOthers ? session : undefined).catch((error: unknown) =>
                setFault(messageOf(error)),
              );
            }}
          >
            {look ? 'Refresh' : `Read the ${place} now`}
          </button>
        </div>
      )}
    </section>
  );
}

/** The record was written after it was read: what stands here may contradict what the request shows. */
function OldNote({ write, model, canRefresh }: { write: Write; model: PanelModel; canRefresh: boolean }) {
  const { exchange, operation } = write;
  return (
    <p class="note">
      Old:{' '}
      <button
        type="button"
        class="to"
        title="Go to this moment"
        onClick={() => model.select({ exchange: exchange.id, index: exchange.operations.indexOf(operation) + 1 })}
      >
        {numberText(exchange)} {operationName(operation).text}
      </button>{' '}
      came at {formatTime(operation.at)}, after this was read.
      {canRefresh && ' Refresh shows what the store holds now.'}
    </p>
  );
}
