/** Nest's page on sessions: a counter, a preference, and a guard, on Express. */
import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Redirect, Req, Session } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import session from 'express-session';

interface Data {
  visits?: number;
  language?: string;
}

const form = `<form action="/language" method="post"><input name="language"><button>Choose</button></form>
  <form action="/leave" method="post"><button>Leave</button></form>`;

@Controller()
class VisitsController {
  @Get()
  findAll(@Session() data: Data): string {
    data.visits = (data.visits ?? 0) + 1;
    return `<!doctype html><title>Visits</title><p>${data.visits} visits, ${data.language ?? 'any language'}</p>${form}`;
  }

  @Post('language')
  @Redirect('/', 303)
  choose(@Session() data: Data, @Body() body: { language: string }): void {
    data.language = body.language;
  }

  @Post('leave')
  @Redirect('/', 303)
  leave(@Req() request: { session: { destroy(done: (error?: unknown) => void): void } }): Promise<void> {
    return new Promise((resolve, reject) => {
      request.session.destroy((error) => (error === undefined || error === null ? resolve() : reject(error as Error)));
    });
  }
}

@Module({ controllers: [VisitsController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.use(
  session({ secret: 'for a recording alone', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }),
);
await app.listen(Number(process.env['PORT']), '127.0.0.1');
