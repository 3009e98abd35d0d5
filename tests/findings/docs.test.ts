/**
 * `docs/findings.md` and `docs/asvs.md` are what the rules, the requirements and their cases say.
 * `vitest run tests/findings/docs.test.ts -u` writes them.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULES } from '../../model/findings/rules/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { asvsPage } from './asvs-page.ts';
import { findingsPage } from './findings-page.ts';

test('the page on findings is made from the rules', async () => {
  await expect(findingsPage()).toMatchFileSnapshot(join(ROOT, 'docs', 'findings.md'));
});

test('the page on the ASVS sheet is made from the requirements', async () => {
  await expect(asvsPage()).toMatchFileSnapshot(join(ROOT, 'docs', 'asvs.md'));
});

test('each rule says why it matters, in whole sentences, and refers to something that can be opened', () => {
  for (const { id, why, title, references } of RULES) {
    expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(title, id).toMatch(/^[A-Z_a-z].*[^.]$/);
    expect(why, id).toMatch(/^[A-Z].*\.$/);
    for (const { url } of references) expect(new URL(url).protocol, id).toBe('https:');
  }
});
