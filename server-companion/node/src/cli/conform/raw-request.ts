/** Sends exactly these headers, which `fetch` would not: a foreign `Host`, two of one name, another method. */
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

const TIMEOUT_MS = 10_000;
/** More of an answer is not read. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface RawRequest {
  url: string;
  method?: string;
  /** Default for `Host`: that of the URL. */
  headers?: Readonly<Record<string, string | readonly string[]>>;
  body?: string;
  /** Ends reading once the text so far is enough: a stream has no end. */
  isEnough?: (text: string) => boolean;
}

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** @throws where nothing answers, or the connection is closed without an answer. */
export function sendRaw({ url, method = 'POST', headers = {}, body = '', isEnough }: RawRequest): Promise<RawAnswer> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method,
        headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } as Record<string, string | string[]>,
        agent: false,
      },
      (response) => {
        let text = '';
        const done = () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          response.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (isEnough?.(text) === true || text.length > MAX_BYTES) done();
        });
        response.on('end', done);
        response.on('error', done);
      },
    );
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    call.end(body);
  });
}
