/** Runs a scenario's steps as browsers would: cookies kept and refused, redirects followed at once. */
import type { Seen, Step, Variant } from './scenario.ts';

/** A cookie of more bytes, name and value, is ignored by every browser. */
const MAX_COOKIE_BYTES = 4096;

type Jar = Map<string, string>;

function keep(jar: Jar, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at).trim();
  const value = pair.slice(at + 1).trim();
  if (Buffer.byteLength(pair) > MAX_COOKIE_BYTES) return;
  const said = new Map(
    attributes.map((attribute) => {
      const [key = '', text = ''] = attribute.split('=');
      return [key.trim().toLowerCase(), text.trim()] as const;
    }),
  );
  // Hosts serve plain http here.
  if (said.has('secure')) return;
  const maxAge = said.get('max-age');
  const ends = said.get('expires');
  const isOver = maxAge === undefined ? ends !== undefined && Date.parse(ends) <= Date.now() : Number(maxAge) <= 0;
  if (isOver) jar.delete(name);
  else jar.set(name, value);
}

async function ask(origin: string, send: string, jar: Jar, setBefore = false): Promise<Seen> {
  const [method = 'GET', path = '/'] = send.split(' ');
  const response = await fetch(origin + path, {
    method,
    redirect: 'manual',
    headers: jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  const lines = response.headers.getSetCookie();
  for (const line of lines) keep(jar, line);
  const setsCookie = setBefore || lines.length > 0;
  const location = response.headers.get('location');
  // A browser follows as soon as it has the head.
  if (location === null) return { status: response.status, body: await response.text(), setsCookie };
  const seen = await ask(origin, `GET ${location}`, jar, setsCookie);
  await response.text().catch(() => '');
  return seen;
}

/**
 * What each step's client saw, in the order of the steps. A request whose connection is closed has status 0. After each
 * group the clients rest until that is over.
 */
export async function play(
  origin: string,
  { steps }: Variant,
  rest: () => Promise<void> = () => Promise.resolve(),
): Promise<Seen[]> {
  const jars = new Map<string, Jar>();
  const run = async ({ send, client = 'user', withCookiesOf }: Step): Promise<Seen> => {
    if (withCookiesOf !== undefined) jars.set(client, new Map(jars.get(withCookiesOf)));
    let jar = jars.get(client);
    if (jar === undefined) jars.set(client, (jar = new Map()));
    return ask(origin, send, jar).catch(() => ({ status: 0, body: '', setsCookie: false }));
  };
  const seen: Seen[] = [];
  for (const group of steps) {
    seen.push(...(await Promise.all(group.map(run))));
    await rest();
  }
  return seen;
}
