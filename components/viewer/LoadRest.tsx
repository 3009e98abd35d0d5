/** A click fetches what was not sent of some values; it stands in the recording from then on. */
import { useState } from 'preact/hooks';
import type { Loadable } from '../../model/index.ts';
import type { PanelActions } from '../frame/panel-actions.ts';
import { messageOf } from '../parts/message-of.ts';

interface LoadRestProps {
  parts: readonly Loadable[];
  actions: PanelActions;
}

export function LoadRest({ parts, actions: { loadValue } }: LoadRestProps) {
  const [fault, setFault] = useState<string>();
  const [isLoading, setLoading] = useState(false);
  if (parts.length === 0 || loadValue === undefined) return null;
  const load = async () => {
    setFault(undefined);
    setLoading(true);
    try {
      await Promise.all(parts.map(({ origin }) => loadValue(origin, false)));
    } catch (error) {
      setFault(messageOf(error));
    }
    setLoading(false);
  };
  return (
    <>
      <button type="button" class="to load" disabled={isLoading} onClick={() => void load()}>
        {isLoading ? 'Loading…' : 'Load the rest'}
      </button>
      {fault !== undefined && (
        <span class="remove" role="alert">
          {' '}
          {fault}
        </span>
      )}
    </>
  );
}
