/** The licenses of what a package bundles, as one file beside its code: MIT asks for it. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');

/**
 * A plug-in of the bundler that writes `THIRD-PARTY-LICENSES.txt`, with the license text of each of `packages`.
 *
 * @throws Error, so that the build fails, where one of them has no license file.
 */
export const thirdPartyLicenses = (packages: readonly string[]) => ({
  name: 'third-party licenses',
  generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): unknown }) {
    this.emitFile({
      type: 'asset',
      fileName: 'THIRD-PARTY-LICENSES.txt',
      source: packages.map(licenseOf).join(`\n${'-'.repeat(80)}\n\n`),
    });
  },
});

function licenseOf(name: string): string {
  const folder = join(MODULES, name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const [file] = globSync('LICEN[CS]E*', { cwd: folder });
  if (file === undefined)
    throw new Error(`${name} is bundled and has no license file: add its text or do not bundle it.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
