/** What the browser sent, as far as a developer may send it again: no cookie, and no value of a credential. */

export interface SentRequest {
  headers: { name: string; value: string }[];
  /** Absent: none, or too large to keep. */
  body?: string;
}

/** As a HAR entry gives it. */
interface HarRequest {
  headers: readonly { name: string; value: string }[];
  postData?: { text?: string };
}

/** Bytes in UTF-16; larger bodies are uploads, and hundreds of them would fill the panel. */
const MAX_BODY = 65_536;
/** Longer values are cut off: a header of this size is no part of a bug report. */
const MAX_VALUE = 4_096;
const MAX_HEADERS = 64;

/** Sent as names only: their values sign somebody in. */
const CREDENTIALS =
  /^(?:authorization|proxy-authorization|x-api-key|x-auth-token|x-csrf-?token|x-xsrf-token|csrf-token)$/i;

export function sentRequest({ headers, postData }: HarRequest): SentRequest {
  const body = postData?.text;
  return {
    headers: headers
      .filter(({ name }) => !/^cookie2?$/i.test(name))
      .slice(0, MAX_HEADERS)
      .map(({ name, value }) => ({ name, value: CREDENTIALS.test(name) ? '' : value.slice(0, MAX_VALUE) })),
    ...(body === undefined || body === '' || body.length > MAX_BODY ? {} : { body }),
  };
}
