/** The settings that can be asked about, for each library: as a server reports them, and as they are asked for. */

export interface AskableSetting {
  /** As it stands in the app's code, and in what the server reports. */
  name: string;
  /** `age`: a number of `unitMs`, or none. */
  kind: 'flag' | 'age';
  /** How many milliseconds one is. */
  unitMs?: number;
  /** An age may be left out. */
  canBeNone?: boolean;
}

/** By name: a flag, an age in ms, or `null` for no age. */
export type SettingValues = Readonly<Record<string, boolean | number | null>>;

const SECOND = 1_000;

export const EXPRESS_SETTINGS: readonly AskableSetting[] = [
  { name: 'resave', kind: 'flag' },
  { name: 'rolling', kind: 'flag' },
  { name: 'saveUninitialized', kind: 'flag' },
  { name: 'cookie.maxAge', kind: 'age', unitMs: 1, canBeNone: true },
];

export const DJANGO_SETTINGS: readonly AskableSetting[] = [
  { name: 'SESSION_SAVE_EVERY_REQUEST', kind: 'flag' },
  { name: 'SESSION_COOKIE_AGE', kind: 'age', unitMs: SECOND },
  { name: 'SESSION_EXPIRE_AT_BROWSER_CLOSE', kind: 'flag' },
];

export const DJANGO_TS_SETTINGS: readonly AskableSetting[] = [
  { name: 'saveEveryRequest', kind: 'flag' },
  { name: 'cookieAge', kind: 'age', unitMs: SECOND },
  { name: 'expireAtBrowserClose', kind: 'flag' },
];

const FLAGS: Readonly<Record<string, boolean>> = { true: true, True: true, false: false, False: false };

/** What a server reports of its settings; `undefined`: one of them can't be read. */
export function readSettings(
  settings: readonly AskableSetting[],
  reported: Readonly<Record<string, string>>,
): SettingValues | undefined {
  const values: Record<string, boolean | number | null> = {};
  for (const { name, kind, unitMs = 1, canBeNone = false } of settings) {
    const text = reported[name];
    const value = kind === 'flag' ? FLAGS[text ?? ''] : ageOf(text, unitMs, canBeNone);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

function ageOf(text: string | undefined, unitMs: number, canBeNone: boolean): number | null | undefined {
  if (canBeNone && (text === undefined || text === 'null' || text === 'undefined')) return null;
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) * unitMs : undefined;
}

/** As it would stand in the app's code. */
export function settingText({ name, unitMs = 1 }: AskableSetting, value: boolean | number | null | undefined): string {
  const isPython = name.startsWith('SESSION_');
  const written =
    typeof value === 'boolean'
      ? isPython
        ? value
          ? 'True'
          : 'False'
        : String(value)
      : value === null || value === undefined
        ? 'none'
        : String(value / unitMs);
  return isPython ? `${name} = ${written}` : `${name}: ${written}`;
}
