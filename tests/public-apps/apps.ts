/** Apps that are known to be healthy, as their own documentation makes them, and what a person does in each. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { ROOT } from '../../scripts/project.ts';

const HERE = join(ROOT, 'tests', 'public-apps');

export interface PublicApp {
  /** What is installed, with its version, from PyPI or npm. */
  packages: readonly string[];
  /** Makes the app in an empty folder, where its packages are installed. */
  make(folder: string): void;
  /** Starts it there on a port. */
  command(port: number): readonly [program: string, ...words: string[]];
  /** Where its first page is. */
  path: string;
  /** What a person does, from that page on. */
  walk(page: Page, origin: string): Promise<void>;
}

function run(folder: string, program: string, ...words: string[]): void {
  const { status, stderr, stdout } = spawnSync(program, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, DJANGO_SUPERUSER_PASSWORD: 'for-a-recording' },
  });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stdout}${stderr}`);
}

/** With the companion put in by its command, and no line of the app changed. */
const runserver = (port: number) =>
  ['.venv/bin/python', '-m', 'sessionscope', 'manage.py', 'runserver', '--noreload', `127.0.0.1:${port}`] as const;

function makeDjango(folder: string, ...steps: (readonly string[])[]): void {
  for (const words of [
    ['migrate'],
    ['createsuperuser', '--noinput', '--username', 'admin', '--email', 'admin@example.com'],
    ...steps,
  ])
    run(folder, '.venv/bin/python', 'manage.py', ...words);
}

const press = (page: Page, selector: string) => Promise.all([page.waitForNavigation(), page.click(selector)]);

export const APPS: Record<string, PublicApp> = {
  drf: {
    packages: ['Django==5.2.*', 'djangorestframework==3.18.*'],
    make(folder) {
      cpSync(join(HERE, 'drf'), folder, { recursive: true });
      makeDjango(folder);
    },
    command: runserver,
    path: '/',
    async walk(page, origin) {
      await page.goto(`${origin}/users/`);
      await page.goto(`${origin}/api-auth/login/?next=/users/`);
      await page.type('#id_username', 'admin');
      await page.type('#id_password', 'wrong');
      await press(page, '[type=submit]');
      await page.type('#id_password', 'for-a-recording');
      await press(page, '[type=submit]');
      await page.goto(`${origin}/groups/`);
      await page.type('[name=name]', 'editors');
      await press(page, '#post-object-form button.btn-primary, form[enctype="multipart/form-data"] button.btn-primary');
      await page.goto(`${origin}/groups/1/`);
      await page.goto(`${origin}/users/`);
      await page.click('.navbar .dropdown-toggle');
      await press(page, '#logoutForm button, #logoutForm + li a, form[action^="/api-auth/logout"] button');
    },
  },
  wagtail: {
    packages: ['wagtail==8.0.*'],
    make(folder) {
      run(folder, '.venv/bin/wagtail', 'start', 'teashop', '.');
      makeDjango(folder);
    },
    command: runserver,
    path: '/',
    async walk(page, origin) {
      await page.goto(`${origin}/admin/`);
      await page.type('[name=username]', 'admin');
      await page.type('[name=password]', 'for-a-recording');
      await press(page, '[type=submit]');
      await page.goto(`${origin}/admin/pages/3/edit/`);
      await page.waitForSelector('[name=title], #id_title');
      await page.$eval('[name=title]', (title) => ((title as HTMLInputElement).value = 'Home of tea'));
      await page.evaluate(() => {
        const edit = document.querySelector<HTMLFormElement>('#page-edit-form')!;
        const publish = edit.querySelector<HTMLButtonElement>('[name=action-publish]')!;
        edit.requestSubmit(publish);
      });
      await page.waitForNavigation();
      await page.goto(`${origin}/admin/images/`);
      await page.goto(`${origin}/admin/users/`);
      await page.goto(`${origin}/`);
      await page.goto(`${origin}/admin/`);
      await page.evaluate(() => {
        document.querySelector<HTMLFormElement>('form[action="/admin/logout/"]')!.requestSubmit();
      });
      await page.waitForNavigation();
    },
  },
  oscar: {
    packages: ['Django==5.2.*', 'django-oscar[sorl-thumbnail]==4.2.*'],
    make(folder) {
      cpSync(join(HERE, 'oscar'), folder, { recursive: true });
      makeDjango(folder, ['shell', '--command', "exec(open('products.py').read())"]);
    },
    command: runserver,
    path: '/',
    async walk(page, origin) {
      const buy = async (number: number) => {
        await page.goto(`${origin}/catalogue/`);
        await page.goto(`${origin}/catalogue/${number === 1 ? 'green-tea' : 'teapot'}_${number}/`);
        await press(page, '.add-to-basket [type=submit], .btn-add-to-basket');
      };
      await buy(1);
      await buy(2);
      await page.goto(`${origin}/basket/`);
      await page.goto(`${origin}/accounts/login/`);
      await page.type('#id_login-username', 'admin@example.com');
      await page.type('#id_login-password', 'for-a-recording');
      await press(page, '[name=login_submit]');
      await page.goto(`${origin}/basket/`);
      await page.goto(`${origin}/checkout/shipping-address/`);
      await page.goto(`${origin}/accounts/`);
      await page.goto(`${origin}/search/?q=tea`);
      await page.goto(`${origin}/accounts/logout/`);
      await page.goto(`${origin}/basket/`);
    },
  },
  passport: {
    packages: ['express@5', 'express-session@1', 'passport@0.7', 'passport-local@1'],
    make: (folder) => cpSync(join(HERE, 'passport'), folder, { recursive: true }),
    command: () => [process.execPath, '--import', 'sessionscope/register', 'app.mjs'],
    path: '/',
    async walk(page, origin) {
      const signIn = async (password: string) => {
        await page.type('[name=username]', 'alice');
        await page.type('[name=password]', password);
        await press(page, 'button');
      };
      await page.goto(`${origin}/login`);
      await signIn('wrong');
      await signIn('letmein');
      await page.type('[name=title]', 'Buy tea');
      await press(page, 'button');
      await page.type('[name=title]', 'Drink it');
      await press(page, 'button');
      await page.reload();
      await press(page, '[action="/logout"] button');
      await page.goto(`${origin}/login`);
    },
  },
  nest: {
    packages: [
      '@nestjs/core@12',
      '@nestjs/common@12',
      '@nestjs/platform-express@12',
      'express-session@1',
      'reflect-metadata@0.2',
      'rxjs@7',
      'tsx@4',
    ],
    make(folder) {
      cpSync(join(HERE, 'nest'), folder, { recursive: true });
      mkdirSync(folder, { recursive: true });
      const compilerOptions = { experimentalDecorators: true, target: 'ES2022', module: 'nodenext' };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    },
    command: () => [process.execPath, '--import', 'sessionscope/register', '--import', 'tsx', 'main.ts'],
    path: '/',
    async walk(page, origin) {
      await page.goto(`${origin}/`);
      await page.type('[name=language]', 'Deutsch');
      await press(page, 'button');
      await page.reload();
      await press(page, '[action="/leave"] button');
      await page.goto(`${origin}/`);
    },
  },
};
