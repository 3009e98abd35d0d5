/** What a release needs, as far as it can be checked without an account; `npm run dry-run` does all of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { VERSIONED, versionIn } from '../../scripts/sync-versions.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PACKAGES = ['server-companion/node/package.json', 'django-sessions/package.json'];

test('one version everywhere', () => {
  expect(new Set(VERSIONED.map(versionIn)).size).toBe(1);
});

test('both npm packages are published together, for everybody, with provenance', () => {
  const names = PACKAGES.map((path) => {
    const { name, publishConfig } = JSON.parse(read(path)) as { name: string; publishConfig: object };
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
    return name;
  });
  const { fixed } = JSON.parse(read('.changeset/config.json')) as { fixed: string[][] };
  expect(fixed).toEqual([names]);
});

test('the release publishes what the dry run made, after a person approved, and holds no token', () => {
  const workflow = read('.github/workflows/release.yml');
  const jobs = workflow.split(/^ {2}(?=\w+:$)/m).slice(1);
  const publishing = jobs.filter((job) => /npm publish|pypi-publish/.test(job));
  expect(publishing).toHaveLength(2);
  for (const job of publishing) {
    expect(job).toContain('needs: build');
    expect(job).toContain('environment: release');
    expect(job).toContain('id-token: write');
    // It builds nothing: no script of a dependency runs where a token can be asked for.
    expect(job).not.toMatch(/actions\/checkout|npm ci|npm run/);
  }
  const build = jobs.find((job) => job.startsWith('build'))!;
  expect(build).toContain('npm run dry-run');
  // Each Python that the package promises is there to try it.
  const promised = read('server-companion/python/pyproject.toml').matchAll(
    /"Programming Language :: Python :: (3\.\d+)"/g,
  );
  for (const [, version] of promised) expect(build).toMatch(new RegExp(`^ +${version}$`, 'm'));
  expect(workflow).not.toMatch(/secrets\.|_authToken|password:/);
});
