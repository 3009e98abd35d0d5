import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { 'express-session': 'src/express-session.ts', 'django-sessions': 'src/django-sessions.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  // Types from each file alone: what is published imports nothing of the other rooms.
  dts: { generator: 'oxc' },
  // A stack of the app's shows our lines nowhere; a stack of ours should show them right.
  sourcemap: true,
  fixedExtension: false,
});
