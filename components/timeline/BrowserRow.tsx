/** What the browser did without the server: a change in its jar, an answer out of its cache. */
import { type BrowserNote, type CookieChange, formatTime, placeLabel } from '../../model/index.ts';
import { visibleText } from '../parts/visible-text.ts';
import { rowAttributes, type RowProps } from './row-attributes.ts';

export function BrowserRow({ row, index }: RowProps<'browser'>) {
  const { lead, rest } = labelsOf(row.note);
  return (
    <div class="row between" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(row.note.at)}
      </span>
      <span role="gridcell" class="cut" title={visibleText(`${lead} ${rest}`)}>
        <b>{visibleText(lead)}</b> {visibleText(rest)}
      </span>
    </div>
  );
}

const CHANGES: Record<CookieChange['kind'], string> = {
  set: 'set in the browser',
  replaced: 'replaced in the browser by another value',
  deleted: 'deleted in the browser',
  expired: 'expired in the browser',
  evicted: 'evicted by the browser, whose jar was full',
};

const CACHES = {
  // Of a service worker's, or its own: Chromium does not always say which.
  browser: 'from a cache in the browser',
  'service-worker': "from a service worker's cache",
  'back-forward': "from the browser's back/forward cache",
} as const;

function labelsOf(note: BrowserNote): { lead: string; rest: string } {
  if (note.what === 'cached')
    return {
      lead: note.url.replace(/^https?:\/\/[^/]+/, '').replace(/[?#].*$/, '') || '/',
      rest: `${CACHES[note.by]}: the server was not asked.`,
    };
  const { cookie, kind } = note.change;
  return {
    lead: `Cookie ${cookie.name} ${CHANGES[kind]}.`,
    rest: `${placeLabel(cookie)}. No response recorded here did it.`,
  };
}
