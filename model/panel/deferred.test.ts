import { effect } from '@preact/signals-core';
import { expect, test, vi } from 'vitest';
import { deferred } from './deferred.ts';

test('who reads it has it loaded, once, and hears when it is there', async () => {
  const load = vi.fn(() => Promise.resolve('code'));
  const one = deferred(load);
  expect(load).not.toHaveBeenCalled();
  const seen: unknown[] = [];
  effect(() => void seen.push(one.code));
  void one.code;
  expect(await one.get()).toBe('code');
  expect(seen).toEqual([undefined, 'code']);
  expect(one.loaded).toBe('code');
  expect(load).toHaveBeenCalledTimes(1);
});

test('what can not be loaded says why, and is not asked for again with each reading', async () => {
  const load = vi.fn(() => Promise.reject(new Error('the server is gone')));
  const one = deferred(load);
  expect(() => one.loaded).toThrow('not yet');
  await one.load();
  expect(one.code).toBe(undefined);
  expect(one.fault).toBe('the server is gone');
  await expect(one.get()).rejects.toThrow('the server is gone');
  expect(load).toHaveBeenCalledTimes(1);
});
