/** Apps of NestJS and Passport as their pages in the docs show them, compiled and started, and the traps that the pages name. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SessionscopeEvent } from '../../protocol/index.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { fileOf, rulesNamed } from '../docs/page-code.ts';
import { type DevServer, EVENTS, linesOf, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so NestJS can`t be installed';

const MODULE = `import { Body, Controller, Get, Injectable, Inject, Module, Post, Session, type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';

type Data = Record<string, any>;

@Injectable()
class Counter {
  count(data: Data): number {
    return (data.visits = (data.visits ?? 0) + 1);
  }
}

@Injectable()
class LoggedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().session.userId !== undefined;
  }
}

@Controller()
class VisitsController {
  constructor(@Inject(Counter) private readonly counter: Counter) {}

  @Get()
  visit(@Session() data: Data): string {
    return \`visits \${this.counter.count(data)}\`;
  }

  @Get('misspelled')
  misspelled(@Session() data: Data): string {
    return \`visits \${data.vists}\`;
  }

  @Post('login')
  login(@Session() data: Data, @Body('user') user: string): string {
    data.userId = user ?? 'ada';
    return 'in';
  }

  @Get('later')
  later(@Session() data: Data): string {
    setTimeout(() => (data.sentAt = 1), 50);
    return 'soon';
  }

  @Get('account')
  @UseGuards(LoggedIn)
  account(): string {
    return 'yours';
  }

  @Get('api/log')
  log(): unknown {
    return ${EVENTS};
  }
}

@Module({ controllers: [VisitsController], providers: [Counter, LoggedIn] })
export class AppModule {}
`;

const COMPILER = {
  compilerOptions: {
    module: 'nodenext',
    target: 'ES2023',
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    sourceMap: true,
    strict: true,
    noImplicitAny: false,
    rootDir: 'src',
    outDir: 'dist',
    types: [],
    typeRoots: [],
    skipLibCheck: true,
  },
  include: ['src'],
};

const lineIn = (text: string, code: string) => text.split('\n').findIndex((line) => line.includes(code)) + 1;

const nestApp = (main: 'main' | 'main-fastify') =>
  startDevServer({
    lock: 'nest',
    files: {
      'tsconfig.json': JSON.stringify(COMPILER),
      'src/globals.d.ts': 'declare const process: { env: Record<string, string | undefined> };\n',
      'src/app.module.ts': MODULE,
      [`src/${main}.ts`]: `${fileOf('nestjs', `src/${main}.ts`)}console.log('It listens.');\n`,
    },
    build: ['node_modules/typescript/bin/tsc'],
    program: () => ['--enable-source-maps', `dist/${main}.js`],
    environment: { SECRET: 'a secret of at least 32 characters' },
    ready: /It listens\./,
  });

describe.skipIf(!hasRegistry)(`NestJS${reason}`, () => {
  let nest: DevServer;
  beforeAll(async () => {
    nest = await nestApp('main');
  }, 300_000);
  afterAll(() => nest?.[Symbol.asyncDispose]());

  test('each operation has its line in the controller, the service or the guard, as it was written', async () => {
    expect((await nest.ask('/')).headers.get('sessionscope')).toContain('exchange=');
    const visit = await nest.exchangeOf('/');
    const counted = `src/app.module.ts:${lineIn(MODULE, 'data.visits =')}`;
    expect(linesOf(visit.operations)).toEqual(expect.arrayContaining([`get ${counted}`, `set ${counted}`]));
    expect(visit.finished.verdict).toMatchObject({ record: { reason: 'new-session' }, cookie: { outcome: 'set' } });
    expect((await nest.ask('/account')).body).toContain('Forbidden');
    const guard = `get src/app.module.ts:${lineIn(MODULE, 'session.userId')}`;
    expect(linesOf((await nest.exchangeOf('/account')).operations)).toContain(guard);
  });

  test('each trap of its page is found', async () => {
    for (const path of ['/misspelled', '/later', '/']) await nest.ask(path);
    await nest.ask('/login', { method: 'POST' });
    await nest.ask('/');
    let before: SessionscopeEvent[] = [];
    await expect
      .poll(async () => findingsIn((before = await nest.events())).all)
      .toEqual(
        expect.arrayContaining(['memory-store', 'typo-like-miss', 'key-kept-at-login', 'change-after-response']),
      );
    // An edit: nest start --watch begins a new process.
    await nest.restart();
    await nest.ask('/');
    await nest.exchangeOf('/');
    const found = findingsIn([...before, ...(await nest.events())]).all;
    expect(found).toEqual(expect.arrayContaining(rulesNamed('nestjs')));
  });

  test('on Fastify', async () => {
    await using fastify = await nestApp('main-fastify');
    expect((await fastify.ask('/')).body).toBe('visits 1');
    expect((await fastify.ask('/')).body).toBe('visits 2');
    const { operations, finished } = await fastify.exchangeOf('/');
    expect(linesOf(operations)).toContain(`set src/app.module.ts:${lineIn(MODULE, 'data.visits =')}`);
    expect(finished.verdict).toMatchObject({ record: { outcome: 'saved' } });
  });
});
