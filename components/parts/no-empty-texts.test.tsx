import { render } from 'preact';
import { expect, test } from 'vitest';
import './no-empty-texts.ts';

test('an empty text is drawn as nothing, and nothing is written again', async () => {
  const root = document.createElement('div');
  const draw = (name: string) =>
    render(
      <p>
        {name}
        <b>{name}</b>
      </p>,
      root,
    );
  draw('');
  expect(root.innerHTML).toBe('<p><b></b></p>');
  expect(root.firstChild!.childNodes).toHaveLength(1);
  const changes: MutationRecord[] = [];
  const observer = new MutationObserver((records) => void changes.push(...records));
  observer.observe(root, { subtree: true, childList: true, characterData: true });
  draw('');
  changes.push(...observer.takeRecords());
  expect(changes).toEqual([]);
  draw('john');
  expect(root.innerHTML).toBe('<p>john<b>john</b></p>');
});
