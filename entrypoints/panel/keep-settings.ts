import { effect } from '@preact/signals';
import browser from 'webextension-polyfill';
import { type PanelModel, restoreSettings, settingsText, type Workbench } from '../../model/index.ts';
import type { PanelHost } from '../../transport/index.ts';

const SETTINGS_KEY = 'settings';
/** A change waits for the next one: a drag is one save. */
const SAVE_AFTER_MS = 300;

/** Settings last per browser; a private window reads them and writes nothing. */
export async function keepSettings(host: PanelHost, model: PanelModel, bench: Workbench): Promise<void> {
  restoreSettings(await host.load(SETTINGS_KEY).catch(() => undefined), model, bench);
  if (browser.extension.inIncognitoContext) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saved = settingsText(model, bench);
  effect(() => {
    const text = settingsText(model, bench);
    clearTimeout(timer);
    if (text === saved) return;
    timer = setTimeout(() => {
      saved = text;
      void host.save(SETTINGS_KEY, text).catch(() => undefined);
    }, SAVE_AFTER_MS);
  });
}
