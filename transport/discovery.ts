/**
 * From a discovered endpoint to a companion: hello at each address that the header allows, then at the direct listener. Whoever answers the
 * page may have written the header, so nothing secret is sent before the right app has answered.
 */
import type { Discovery, HelloAnswer } from '../protocol/index.ts';
import type { ConnectionChange } from './connection-change.ts';
import type { CallOptions, CallProof, EndpointAddress } from './endpoint-client.ts';
import { failureOf, type HelloFailure, sayHello, worstOf } from './hello.ts';
import { isLoopbackOrigin, originOf } from './origin.ts';
import { checkPairing, type PairingCheck } from './paired-endpoint.ts';
import type { PanelHost } from './panel-host.ts';

/** A companion that answered. */
export interface Companion {
  /** Where it is asked: the direct listener, or inside the app with a token. */
  address: EndpointAddress;
  /** Inside the app, where hello was said. */
  inApp: EndpointAddress;
  app: string;
  epoch: string;
  cookieNames: string[];
  isDirect: boolean;
  /** How `address` is shown that this panel is paired; absent: it is not. */
  pairing: CallProof | undefined;
}

/** A response whose header leads to a companion. */
export interface DiscoveredEndpoint {
  item: Discovery;
  origin: string;
  url: string;
}

/** Where the endpoint is if nothing says otherwise. */
const DEFAULT_PATH = '/__sessionscope__';

/** A token is kept for the origin it was issued for and the app that issued it, and sent nowhere else. */
export const tokenKey = (origin: string, app: string): string => `token ${origin} ${app}`;

export interface DiscoveryOptions {
  host: PanelHost;
  /** Each step as it goes. */
  onChange: (change: ConnectionChange) => void;
  call: CallOptions;
  /** The `Origin` header of the panel's calls. */
  origin: string;
  /** Where another holds the token and proves it: asks it whether this address has shown the same. */
  checkPairing?: (address: EndpointAddress) => Promise<PairingCheck>;
}

/** Tries each address in turn, until one answers for the right app. */
export async function findCompanion(
  discovered: DiscoveredEndpoint | undefined,
  pageUrl: string | undefined,
  options: DiscoveryOptions,
): Promise<Companion | undefined> {
  const { host, onChange, call } = options;
  const failures: HelloFailure[] = [];
  for (const { address, app } of candidatesOf(discovered, pageUrl)) {
    const isGranted = await host.hasPermission(address.origin);
    // What is reported is access to the page: another address that may be asked can't give the page's cookies.
    if (address.origin === originOf(pageUrl)) onChange({ permission: isGranted ? 'granted' : 'missing' });
    // Who may not be asked names no other address either: a header of any page would else pick a port of this machine.
    if (!isGranted) break;
    const answer = await sayHello(address, call);
    if (answer.ok && (app === undefined || answer.value.app === app)) return enter(address, answer.value, options);
    failures.push(failureOf(address, answer, app));
  }
  const failure = worstOf(failures);
  if (failure !== undefined) onChange(failure);
  return undefined;
}

/** The origin that answered first, then the socket's own where it is loopback. */
function candidatesOf(
  discovered: DiscoveredEndpoint | undefined,
  pageUrl: string | undefined,
): { address: EndpointAddress; app: string | undefined }[] {
  if (discovered === undefined) {
    const origin = originOf(pageUrl);
    return origin === undefined ? [] : [{ address: { origin, path: DEFAULT_PATH }, app: undefined }];
  }
  const { item, origin } = discovered;
  const origins =
    item.at !== undefined && item.at !== origin && isLoopbackOrigin(item.at) ? [origin, item.at] : [origin];
  return origins.map((candidate) => ({ address: { origin: candidate, path: item.path }, app: item.app }));
}

async function enter(inApp: EndpointAddress, hello: HelloAnswer, options: DiscoveryOptions): Promise<Companion> {
  const { host, onChange, call } = options;
  const { app } = hello;
  const token = await host.load(tokenKey(inApp.origin, app));
  const checkByToken = async (address: EndpointAddress) =>
    token === undefined ? undefined : checkPairing(address, { token, app, origin: options.origin, call });
  const prove = options.checkPairing ?? checkByToken;
  const check = await prove(inApp);
  onChange({
    header: 'found',
    hello: 'ok',
    helloOrigin: inApp.origin,
    paired: check?.ok === true,
    isImpostor: check?.ok === false && check.why === 'impostor',
    companion: {
      project: hello.project,
      runtime: hello.runtime,
      libraries: [...new Set(hello.libraries.map(({ name, version }) => `${name} ${version}`))],
      app,
    },
  });
  const { directListener } = hello;
  const isDirect =
    directListener !== null &&
    isLoopbackOrigin(directListener.origin) &&
    (await answersDirectly(directListener, app, call));
  onChange(
    isDirect
      ? { listener: 'ok' }
      : {
          listener: 'unreachable',
          listenerFault:
            hello.directListenerFault ??
            (directListener === null ? 'none was opened' : `${directListener.origin} does not answer for this app`),
        },
  );
  // The direct listener is a port of its own: it proves itself too.
  const atListener = isDirect && check?.ok === true ? await prove(directListener) : undefined;
  const checked = isDirect ? atListener : check;
  return {
    address: isDirect ? directListener : inApp,
    inApp,
    app,
    epoch: hello.epoch,
    cookieNames: [...new Set(hello.libraries.flatMap(({ cookieNames }) => cookieNames))],
    isDirect,
    pairing: checked?.ok === true ? checked.pairing : undefined,
  };
}

/** Nothing is sent through it before it has answered for the same app. */
async function answersDirectly(directListener: EndpointAddress, app: string, call: CallOptions): Promise<boolean> {
  const answer = await sayHello(directListener, call);
  return answer.ok && answer.value.app === app;
}
