/** `django.contrib.sessions.backends.signed_cookies`: the key is the data. Anyone can read it, and a copy cannot be revoked. */
import { BadSignature, SignatureExpired } from '../errors.ts';
import { Session } from '../session.ts';
import type { RecordReading } from '../record-reading.ts';
import type { EngineDefinition } from './engine.ts';

class SignedCookieSession extends Session {
  /** The key is the record: its signature decides, and no store is asked. */
  protected override isKey(): boolean {
    return true;
  }

  protected override async hasRecord(): Promise<boolean> {
    return false;
  }

  protected override async peekRecord(sessionKey: string): Promise<RecordReading> {
    try {
      const data = this.settings.cookieCodec.decode(sessionKey);
      return { outcome: 'found', data, bytes: Buffer.byteLength(sessionKey), expiresAt: null };
    } catch (error) {
      return { outcome: 'unreadable', why: (error as Error).message };
    }
  }

  protected override async removeRecord(): Promise<void> {
    this.setKey(null);
    this.data = new Map();
    this.markModified();
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    try {
      // As with Django, an expiry of the session's own does not count here.
      this.hasRead(Buffer.byteLength(this.sessionKey!));
      return this.settings.cookieCodec.decode(this.sessionKey!, this.cookieAge());
    } catch (error) {
      if (error instanceof SignatureExpired) this.loadFailed('expired');
      else this.loadFailed(error instanceof BadSignature ? 'invalid-signature' : 'error', error);
      // The next response carries an empty one, well signed.
      await this.createRecord();
      return new Map();
    }
  }

  protected override async createRecord(): Promise<void> {
    this.markModified();
  }

  protected override async saveRecord(): Promise<void> {
    const record = this.settings.cookieCodec.encode(await this.entriesOf());
    this.hasMade(record.length);
    this.setKey(record);
    this.markModified();
  }

  protected override async changeKey(): Promise<void> {
    await this.saveRecord();
  }
}

/** The engine `signed_cookies`. */
export const signedCookieEngine = (): EngineDefinition => ({
  name: 'signed_cookies',
  create: (settings) => ({
    open: (sessionKey, observer) => new SignedCookieSession(settings, sessionKey, observer),
  }),
});
