/** The framework's options as the panel shows them. */
import type { Settings } from '@sessionscope/django-sessions';
import { asCode } from '../../kit/settings-as-code.ts';

const SHOWN = [
  'engine',
  'saveEveryRequest',
  'cookieAge',
  'expireAtBrowserClose',
  'cookieSecure',
  'cookieSameSite',
  'cookieHttpOnly',
  'cookiePath',
  'cookieDomain',
] as const satisfies (keyof Settings)[];

/** For people: options that decide, as written in code. Where records lie and what signs them is left out. */
export const describeSettings = (settings: Settings): Record<string, string> => {
  const shown = Object.fromEntries(SHOWN.map((name) => [name, asCode(settings[name])]));
  const { timeZone } = settings.clock;
  return timeZone === undefined ? shown : { ...shown, timeZone: asCode(timeZone) };
};
