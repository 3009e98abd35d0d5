import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Menu, type MenuItem } from './Menu.tsx';

let root: HTMLElement;
let opener: HTMLButtonElement;
let said: string[];
const close = () => {
  said.push('closed');
  render(null, root);
};

beforeEach(() => {
  said = [];
  opener = document.body.appendChild(document.createElement('button'));
  root = document.body.appendChild(document.createElement('div'));
  opener.focus();
});
afterEach(() => {
  render(null, root);
  root.remove();
  opener.remove();
});

const ITEMS: MenuItem[] = [
  { title: 'Open', act: () => said.push('open') },
  { title: 'Hide cart', act: () => said.push('hide') },
  { title: 'This tab only', isChecked: true, act: () => said.push('tab') },
];
const show = () => act(() => render(<Menu items={ITEMS} at={{ x: 5, y: 5 }} onClose={close} />, root));
const press = (key: string) =>
  act(() => void document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
const focused = () => document.activeElement?.textContent;

test('it takes the focus, arrows go around, Home and End to its ends', async () => {
  await show();
  expect(focused()).toBe('Open');
  await press('ArrowDown');
  expect(focused()).toBe('Hide cart');
  await press('End');
  expect(focused()).toContain('This tab only');
  await press('ArrowDown');
  expect(focused()).toBe('Open');
  await press('ArrowUp');
  expect(focused()).toContain('This tab only');
  await press('Home');
  expect(focused()).toBe('Open');
});

test('Escape closes it, and the focus is where it was', async () => {
  await show();
  await press('Escape');
  expect(said).toEqual(['closed']);
  expect(document.activeElement).toBe(opener);
});

test('an item closes it first, then acts', async () => {
  await show();
  await act(() => root.querySelectorAll<HTMLElement>('[role^=menuitem]')[1]!.click());
  expect(said).toEqual(['closed', 'hide']);
});

test('a press beside it closes it; its keys reach nobody else', async () => {
  const heard: string[] = [];
  const listen = (event: KeyboardEvent) => heard.push(event.key);
  document.body.addEventListener('keydown', listen);
  await show();
  await press('ArrowDown');
  await press('x');
  expect(heard).toEqual([]);
  await act(() => void root.querySelector('.menu-ground')!.dispatchEvent(new Event('pointerdown')));
  expect(said).toEqual(['closed']);
  document.body.removeEventListener('keydown', listen);
});

test('a choice says whether it is made', async () => {
  await show();
  const choice = root.querySelector('[role=menuitemcheckbox]')!;
  expect(choice.getAttribute('aria-checked')).toBe('true');
  expect(root.querySelectorAll('[role=menuitem]')).toHaveLength(2);
});
