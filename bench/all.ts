/**
 * `node bench/all.ts [name …]`: runs the benchmarks one after the other (all take a quarter of an hour; nothing else should run),
 * keeps what each found in `bench/results/`, and writes the table of bench/README.md of all that is kept there. Without
 * a run, `node bench/all.ts --table` writes it again.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/project.ts';
import { type Row, ROWS_FILE } from './rows.ts';

const PYTHON = join(ROOT, '.venv', 'django52', 'bin', 'python');
const node = (script: string, ...args: string[]) => [process.execPath, join(ROOT, 'bench', script), ...args];
const python = (script: string, ...args: string[]) => [PYTHON, join(ROOT, 'bench', script), ...args];

/** In the order of the table. */
const BENCHMARKS: Readonly<Record<string, readonly string[]>> = {
  'overhead-process': node('overhead.ts', 'process', '--rounds=6'),
  'overhead-flood': node('overhead.ts', 'flood', '--rounds=5', '--seconds=3'),
  'overhead-promoted': node('overhead.ts', 'promoted'),
  'django-overhead': python('django-overhead.py', '--rounds=11'),
  'python-overhead': python('python-overhead.py', '--rounds=5'),
  'panel-peers': node('panel-peers.ts', '--rounds=1'),
  panel: node('panel.ts', '--rounds=2'),
  'panel-size': node('panel-size.ts'),
  latency: node('latency.ts'),
  diff: node('diff.ts'),
  codec: node('codec.ts', '--rounds=7'),
  sessions: node('sessions.ts', '--rounds=5', '--seconds=2'),
};

interface Result {
  /** `2026-12-01`. */
  date: string;
  machine: string;
  /** The load average of a minute, before and after. */
  load: readonly [number, number];
  rows: readonly Row[];
}

const RESULTS = join(ROOT, 'bench', 'results');
const README = join(ROOT, 'bench', 'README.md');
const BEGIN = '<!-- made by bench/all.ts -->';
const END = '<!-- end -->';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { table: { type: 'boolean' } } });
for (const name of positionals)
  if (!Object.hasOwn(BENCHMARKS, name)) {
    console.error(`There is no benchmark ${name}. There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
    process.exit(1);
  }
if (values.table !== true) {
  mkdirSync(RESULTS, { recursive: true });
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)) await keep(name);
}
writeTable();

async function keep(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sessionscope-bench-rows-'));
  const file = join(folder, 'rows');
  const [command, ...args] = BENCHMARKS[name]!;
  console.log(`\n── ${name}`);
  try {
    const before = loadavg()[0]!;
    const child = spawn(command!, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, [ROWS_FILE]: file } });
    const end = await new Promise<string>((resolve) =>
      child
        .once('exit', (code) => resolve(code === 0 ? '' : `ended with ${code}`))
        .once('error', (error) => resolve(`could not be started (${error.message})`)),
    );
    if (end !== '' || !existsSync(file)) {
      console.error(`${name} ${end || 'gave no figures'}: what is kept of it stays as it was.`);
      process.exitCode = 1;
      return;
    }
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const result: Result = {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus()[0]!.model.replaceAll(/\s+/g, ' ').trim()} × ${cpus().length}, Node ${process.versions.node}`,
      load: [before, loadavg()[0]!],
      rows: lines.map((line) => JSON.parse(line) as Row),
    };
    writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeTable(): void {
  const machines = new Map<string, string>();
  const rows = Object.keys(BENCHMARKS).flatMap((name) => {
    const file = join(RESULTS, `${name}.json`);
    if (!existsSync(file)) return [];
    const { date, machine, load, rows: found } = JSON.parse(readFileSync(file, 'utf8')) as Result;
    const loads = load.map((value) => value.toFixed(1)).join(' to ');
    machines.set(name, `${name}: ${date}, load average ${loads}, ${machine}`);
    return found.map((row) => lineOf(row));
  });
  const text = [
    BEGIN,
    '',
    '| what | which figure | measured | wanted | | side by side |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `Runs: ${[...machines.values()].join('; ')}.`,
    '',
    END,
  ].join('\n');
  const readme = readFileSync(README, 'utf8');
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for the table: ${BEGIN} and ${END}.`);
  writeFileSync(README, readme.slice(0, from) + text + readme.slice(to + END.length));
}

function lineOf({ what, of, measured, atLeast, atMost, figures = {} }: Row): string {
  const wanted = atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';
  const isReached = measured >= (atLeast ?? -Infinity) && measured <= (atMost ?? Infinity);
  const beside = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
  const cells = [
    what,
    of,
    numberText(measured),
    wanted,
    wanted === '' ? '' : isReached ? 'yes' : '**no**',
    beside.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function numberText(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
