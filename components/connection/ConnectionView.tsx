/** How the panel is connected, at any time: the doctor's steps, who answers, and pairing. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PanelModel } from '../../model/index.ts';
import type { PanelActions } from '../frame/panel-actions.ts';
import { messageOf } from '../parts/message-of.ts';
import { visibleText } from '../parts/visible-text.ts';
import { Doctor } from './Doctor.tsx';

interface ConnectionViewProps {
  model: PanelModel;
  actions: PanelActions;
  /** Begins pairing with the server of this epoch; default: the page's own. */
  onPair: ((epoch?: string) => void) | undefined;
  onClose: () => void;
}

export function ConnectionView({ model, actions, onPair, onClose }: ConnectionViewProps) {
  const close = useRef<HTMLButtonElement>(null);
  const [fault, setFault] = useState<string>();
  const {
    companion,
    helloOrigin,
    listener,
    stream,
    paired,
    permission,
    hello,
    companions = [],
  } = model.connection.value;
  useLayoutEffect(() => close.current?.focus(), []);
  const { unpair } = actions;
  const unpairFrom = (epoch?: string) => {
    setFault(undefined);
    unpair?.(epoch).catch((error: unknown) => setFault(messageOf(error)));
  };
  const facts = [
    ['Project', companion?.project],
    ['Server', helloOrigin],
    ['Runtime', companion?.runtime],
    ['Libraries', companion?.libraries.join(', ')],
    ['Direct listener', listener === 'ok' ? 'reached' : listener === 'unreachable' ? 'not reached' : undefined],
    ['Events', stream],
    ['Site access', permission],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]));
  return (
    <div class="connection-view">
      <div class="aside-bar">
        <b>Connection</b>
        <button ref={close} type="button" class="button" title="Close (Esc)" onClick={onClose}>
          Close
        </button>
      </div>
      <Doctor model={model} actions={actions}>
        <dl class="pairs section">
          {facts.map(([title, text]) => (
            <div key={title} class="pair">
              <dt>{title}</dt>
              <dd>{visibleText(text)}</dd>
            </div>
          ))}
          {companions.length > 1 && (
            <div class="pair">
              <dt>All servers of this tab</dt>
              <dd>
                <ul>
                  {companions.map(({ app, at, project, origins, epochs, stream: events, paired: isPaired }) => (
                    <li key={`${app} ${at}`}>
                      {visibleText(`${project} at ${at}`)}{' '}
                      <span class="quiet">
                        {visibleText(
                          [
                            events,
                            ...origins.filter((origin) => origin !== at),
                            isPaired ? 'paired' : 'not paired',
                          ].join(' · '),
                        )}
                      </span>{' '}
                      {isPaired && unpair && (
                        <button type="button" class="button" onClick={() => unpairFrom(epochs.at(-1))}>
                          Unpair
                        </button>
                      )}
                      {!isPaired && onPair && (
                        <button type="button" class="button" onClick={() => onPair(epochs.at(-1))}>
                          Pair
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              </dd>
            </div>
          )}
          {hello === 'ok' && companions.length < 2 && (
            <div class="pair">
              <dt>Pairing</dt>
              <dd>
                {paired
                  ? 'Paired: you see every session of this server. '
                  : "Not paired: you see this browser's own session. "}
                {paired && unpair && (
                  <button type="button" class="button" onClick={() => unpairFrom()}>
                    Unpair
                  </button>
                )}
                {!paired && onPair && (
                  <button type="button" class="button" onClick={() => onPair()}>
                    Pair this panel
                  </button>
                )}
              </dd>
            </div>
          )}
        </dl>
        {fault && (
          <p class="note" role="alert">
            {fault}
          </p>
        )}
      </Doctor>
    </div>
  );
}
