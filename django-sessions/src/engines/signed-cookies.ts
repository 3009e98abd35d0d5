/** `django.contrib.sessions.backends.signed_cookies`: the key is the data. Anyone can read it, and a copy cannot be revoked. */
import { Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Engine, RecordReading } from './engine.ts';

class SignedCookieSession extends Session {
  async exists(): Promise<boolean> {
    return false;
  }

  async deleteRecord(): Promise<void> {
    this.setKey(null);
    this.data = new Map();
    this.modified = true;
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    try {
      // As with Django, an expiry of the session's own does not count here.
      return this.settings.cookieCodec.decode(this.sessionKey!, this.settings.cookieAge);
    } catch {
      // The next response carries an empty one, well signed.
      await this.createRecord();
      return new Map();
    }
  }

  protected override async createRecord(): Promise<void> {
    this.modified = true;
  }

  protected override async saveRecord(): Promise<void> {
    this.setKey(this.settings.cookieCodec.encode(await this.entriesOf()));
    this.modified = true;
  }

  protected override async changeKey(): Promise<void> {
    await this.saveRecord();
  }
}

export function createSignedCookieEngine(settings: Settings): Engine {
  return {
    open: (sessionKey, observer) => new SignedCookieSession(settings, sessionKey, observer),
    clearExpired: async () => undefined,
    async peek(sessionKey): Promise<RecordReading> {
      try {
        const data = settings.cookieCodec.decode(sessionKey);
        return { outcome: 'found', data, bytes: Buffer.byteLength(sessionKey), expiresAt: null };
      } catch (error) {
        return { outcome: 'unreadable', why: (error as Error).message };
      }
    },
    createTable: async () => {},
    close: async () => {},
  };
}
