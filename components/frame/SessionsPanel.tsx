/** The panel with its trace files: saves what is recorded, and shows a file in place of it, with nobody behind it. */
import { useMemo, useRef, useState } from 'preact/hooks';
import {
  createWorkbench,
  onDemand,
  type PanelModel,
  type readTrace,
  replay,
  type Trace,
  type Workbench,
} from '../../model/index.ts';
import { type SessionscopeEvent, TRACE_LIMITS } from '../../protocol/index.ts';
import { Panel, type PanelProps } from './Panel.tsx';
import { messageOf } from '../parts/message-of.ts';
import type { PanelActions } from './panel-actions.ts';
import type { Traces } from './traces.ts';
import '../parts/no-empty-texts.ts';

interface SessionsPanelProps extends PanelProps {
  /** Puts values in the place of their `same` tags. */
  expandValues: (events: readonly SessionscopeEvent[]) => readonly SessionscopeEvent[];
}

interface OpenedTrace {
  name: string;
  trace: Trace;
  model: PanelModel;
  bench: Workbench;
}

export function SessionsPanel({ model, actions, bench: given, expandValues }: SessionsPanelProps) {
  const bench = useMemo(() => given ?? createWorkbench(), [given]);
  const [opened, setOpened] = useState<OpenedTrace>();
  const [fault, setFault] = useState<string>();
  const [isOver, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  async function open(file: File): Promise<void> {
    setFault(undefined);
    const answer = await read(file);
    if (!answer.ok) return setFault(`${file.name} was not opened. ${answer.fault}`);
    const replayed = replay(answer.trace);
    if (replayed.items.value.length === 0) return setFault(`${file.name} was not opened. It holds no request.`);
    setOpened({ name: file.name, trace: answer.trace, model: replayed, bench: benchLike(bench) });
  }

  async function read(file: File): Promise<ReturnType<typeof readTrace>> {
    if (file.size > TRACE_LIMITS.length)
      return { ok: false, fault: `It is larger than ${TRACE_LIMITS.length / 1024 / 1024} MB.` };
    try {
      const code = await onDemand.get();
      return code.readTrace(await file.text(), expandValues);
    } catch (error) {
      return { ok: false, fault: messageOf(error) };
    }
  }

  const shown = opened?.model ?? model;

  async function save(): Promise<void> {
    setFault(undefined);
    try {
      await onDemand.get();
      download(nameOf(shown), shown.traceText());
    } catch (error) {
      setFault(messageOf(error));
    }
  }

  const traces: Traces = {
    save: () => void save(),
    open: () => picker.current?.click(),
    fault,
    dismiss: () => setFault(undefined),
    opened: opened && {
      name: opened.name,
      savedAt: opened.trace.savedAt,
      refused: opened.trace.refused,
      close: () => setOpened(undefined),
    },
  };
  return (
    <div
      class="sessions"
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes('Files') !== true) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
      }}
      onDrop={(event) => {
        const file = event.dataTransfer?.files[0];
        if (file === undefined) return;
        event.preventDefault();
        setOver(false);
        void open(file);
      }}
    >
      <Panel
        key={opened === undefined ? 'live' : `${opened.name} ${opened.trace.savedAt}`}
        model={shown}
        bench={opened?.bench ?? bench}
        actions={opened === undefined ? actions : inert(actions)}
        traces={traces}
      />
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        aria-label="Trace file"
        tabIndex={-1}
        hidden
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file may be chosen again.
          currentTarget.value = '';
          if (file !== undefined) void open(file);
        }}
      />
      {isOver && <p class="drop">Drop a trace to open it.</p>}
    </div>
  );
}

/** A trace comes from anywhere: nothing of it is fetched, opened or asked for. */
const inert = ({ copy }: PanelActions): PanelActions => ({ copy });

/** Looks as the live one does, and keeps what is viewed and watched to itself. */
function benchLike({ shares, columns, wraps, editor }: Workbench): Workbench {
  const bench = createWorkbench();
  bench.shares.value = shares.value;
  bench.columns.value = columns.value;
  bench.wraps.value = wraps.value;
  bench.editor.value = editor.value;
  return bench;
}

/** `sessions-shop-2026-11-29T15-04-05.json`. */
function nameOf(model: PanelModel): string {
  const project = (model.epoch.value?.project ?? '').replaceAll(/[^\w-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  const at = new Date(model.clock.value).toISOString().slice(0, 19).replaceAll(':', '-');
  return `sessions-${project === '' ? '' : `${project}-`}${at}.json`;
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it in its own time.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
