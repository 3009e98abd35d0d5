/** DevTools' own search (Ctrl+F on its bars) as the panel's filter, and the focus when the panel is shown. */
import browser from 'webextension-polyfill';
import type { PanelModel } from '../../model/index.ts';
import { harChannel, type HarMessage } from './har-channel.ts';

/** A term of the filter that finds exactly these words. */
const termFor = (query: string) => (/[\s"]/.test(query) ? `"${query.replaceAll('"', '')}"` : query);

export function followSearch(model: PanelModel): void {
  // Selected just now, or nobody would have loaded this page: keys are for it, not for DevTools' tabs.
  window.focus();
  /** What stood in the filter before the search. */
  let before: string | undefined;
  const search = (action: string, query: string) => {
    if (action === 'performSearch') {
      before ??= model.filterText.value;
      model.filterText.value = termFor(query);
    } else if (action === 'nextSearchResult') model.moveRow(1);
    else if (action === 'previousSearchResult') model.moveRow(-1);
    else if (action === 'cancelSearch' && before !== undefined) {
      model.filterText.value = before;
      before = undefined;
    }
  };
  harChannel(browser.devtools.inspectedWindow.tabId).addEventListener(
    'message',
    ({ data }: MessageEvent<HarMessage>) => {
      if (data.type === 'search') search(data.action, data.query);
      // Shown, but not focused: keys would go to DevTools' tabs.
      if (data.type === 'shown') window.focus();
    },
  );
}
