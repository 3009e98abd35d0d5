/** Headers that an observer changes: on a web-standard response, once the handler has answered. */
import type { OutgoingHttpHeader } from 'node:http';
import type { HeaderChange } from '../observer.ts';

/** A header's value as one text, as a list of it is written. */
export const headerText = (value: OutgoingHttpHeader | undefined): string | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value);

/** Collects changes of headers, and makes them on any number of responses. */
export function collectHeaderChanges() {
  const changes: [name: string, change: HeaderChange][] = [];
  return {
    changeHeader: (name: string, change: HeaderChange): void => void changes.push([name, change]),
    /** `read` and `write`: of the response that leaves. */
    applyTo(read: (name: string) => string | null, write: (name: string, value: string) => void): void {
      for (const [name, change] of changes) write(name, change(read(name) ?? undefined));
    },
    /** The headers of a response that has none. */
    asHeaders(): Headers {
      const headers = new Headers();
      this.applyTo(
        (name) => headers.get(name),
        (name, value) => headers.set(name, value),
      );
      return headers;
    },
  };
}
