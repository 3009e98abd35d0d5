import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { parseDiscovery } from '../../../../protocol/index.ts';
import { createCompanion } from './companion.ts';
import { discoveryItem, headerWith } from './discovery-item.ts';

const ID = '0123456789abcdef0123456789abcdef';
const companion = createCompanion();
const socketAt = (localAddress?: string, localPort?: number, encrypted?: boolean) =>
  ({ localAddress, localPort, encrypted }) as unknown as Socket;

/** What a panel reads from the header. */
function read(header: string | undefined) {
  const parsed = parseDiscovery(header ?? '');
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.items;
}

test.each([
  ['127.0.0.1', 3000, false, 'http://127.0.0.1:3000'],
  ['::ffff:127.0.0.1', 3000, true, 'https://127.0.0.1:3000'],
  ['::1', 8000, false, 'http://[::1]:8000'],
  ['192.168.1.7', 3000, false, undefined],
  ['172.17.0.2', 3000, false, undefined],
  ['fe80::1', 3000, false, undefined],
  // A unix socket.
  [undefined, undefined, false, undefined],
] as const)('a socket at %s: `at` is %4$s', (address, port, encrypted, at) => {
  const item = discoveryItem(
    companion,
    { mount: '', host: 'localhost', socket: socketAt(address, port, encrypted) },
    ID,
  );
  expect(read(item)[0]!.at).toBe(at);
});

test('without a socket nothing is claimed of where the app listens', () => {
  expect(read(discoveryItem(companion, { mount: '/shop', host: 'localhost:3000' }, ID))).toEqual([
    expect.not.objectContaining({ at: expect.anything() as unknown }),
  ]);
});

test.each(['evil.test', 'localhost.evil.test', '10.0.0.7:3000', '[::', '', undefined])(
  'no header for a Host that the endpoint refuses: %j',
  (host) => {
    expect(discoveryItem(companion, { mount: '', host }, ID)).toBeUndefined();
  },
);

test('a mount that the header can not say gives none', () => {
  expect(discoveryItem(companion, { mount: '/a b', host: 'localhost' }, ID)).toBeUndefined();
});

const itemOf = (mount: string, id: string) => discoveryItem(companion, { mount, host: 'localhost' }, id)!;
const idOf = (digit: string) => digit.repeat(32);

test('what a cache kept from another response is replaced; other companions, and our other middleware, stay', () => {
  const response = {};
  const cached = `${itemOf('', idOf('1'))}, ${itemOf('/admin', idOf('2'))}, "/foreign";v=1;app="another-app";exchange="${ID}";epoch="0123456789ab"`;
  const first = headerWith(response, cached, itemOf('', idOf('3')));
  expect(read(first).map(({ path, exchange }) => [path, exchange])).toEqual([
    ['/admin/__sessionscope__', idOf('2')],
    ['/foreign', ID],
    ['/__sessionscope__', idOf('3')],
  ]);
  // A second observed middleware at the same place: both are of this response.
  const second = headerWith(response, first, itemOf('', idOf('4')));
  expect(read(second).map(({ exchange }) => exchange)).toEqual([idOf('2'), ID, idOf('3'), idOf('4')]);
  expect(headerWith({}, undefined, itemOf('', ID))).toBe(itemOf('', ID));
});

test('an item that was put on a response is known there when others have come between', () => {
  const item = (exchange: string) => `"/__sessionscope__";v=1;exchange="${exchange}"`;
  const [first, second] = [{}, {}];
  const one = headerWith(first, undefined, item('1'));
  headerWith(second, undefined, item('2'));
  expect(headerWith(first, one, item('3'))).toBe(`${item('1')}, ${item('3')}`);
});
