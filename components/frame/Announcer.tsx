/** Announces to a screen reader what came, in summary: a live list that read each row aloud could not be worked with. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isConnected, type PanelModel, plural } from '../../model/index.ts';

/** At most one announcement in this time. */
const QUIET_MS = 5_000;

export function Announcer({ model }: { model: PanelModel }) {
  const [text, setText] = useState('');
  const reported = useRef({ at: 0, operations: 0, exchanges: 0, words: '' });
  const { operations, exchanges } = model.counts.value;
  const connection = model.connection.value;
  const isSettled = isConnected(connection) || connection.stream === 'untried';
  // What has not been tried yet is no news.
  const words = connection.stream === 'broken' ? 'Connection lost, trying again.' : isSettled ? '' : 'Not connected.';
  useEffect(() => {
    const { current } = reported;
    if (operations === current.operations && words === current.words) return undefined;
    const report = () => {
      const came = operations - current.operations;
      const cameIn = exchanges - current.exchanges;
      const news =
        came > 0 ? `${plural(came, 'new operation')}${cameIn > 0 ? ` in ${plural(cameIn, 'request')}` : ''}.` : '';
      reported.current = { at: Date.now(), operations, exchanges, words };
      setText([words === current.words ? '' : words || 'Connected.', news].filter(Boolean).join(' '));
    };
    const wait = current.at + QUIET_MS - Date.now();
    if (wait <= 0) {
      report();
      return undefined;
    }
    const timer = setTimeout(report, wait);
    return () => clearTimeout(timer);
  }, [operations, exchanges, words]);
  return (
    <div class="unseen" role="status" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
