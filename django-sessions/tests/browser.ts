/** As much of a browser as the tests of cookies need: requests over HTTP, and one jar for the session's cookie. */
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { parseSetCookie } from 'cookie';

export interface Answer {
  status: number;
  vary: string | undefined;
  setCookies: string[];
  body: string;
}

export interface AskOptions {
  method?: string;
  cookie?: string | undefined;
  headers?: Record<string, string>;
}

const agent = new Agent({ keepAlive: true });

/** Begins a request; what comes back can be read as it arrives. */
export function begin(port: number, path: string, { method = 'GET', cookie, headers = {} }: AskOptions = {}) {
  let request!: ClientRequest;
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request = httpRequest({
      agent,
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { ...headers, ...(cookie === undefined ? {} : { cookie }) },
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
  return { request, response };
}

/** Asks, and reads the answer to its end. */
export async function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await begin(port, path, options).response;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode!,
    vary: response.headers.vary,
    setCookies: response.headers['set-cookie'] ?? [],
    body: Buffer.concat(chunks).toString(),
  };
}

/** What a browser keeps of one cookie. */
export class Jar {
  readonly #port: number;
  readonly #name: string;
  value: string | undefined;

  constructor(port: number, name = 'sessionid') {
    this.#port = port;
    this.#name = name;
  }

  get header(): string | undefined {
    return this.value === undefined ? undefined : `${this.#name}=${this.value}`;
  }

  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    const answer = await ask(this.#port, path, { cookie: this.header, ...options });
    for (const line of answer.setCookies) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (name === this.#name) this.value = value === '' || maxAge === 0 ? undefined : value;
    }
    return answer;
  }
}
