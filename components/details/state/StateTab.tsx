/** The session at the moment: memory beside the store, and who wrote each key last. */
import { type PanelModel, type StateView } from '../../../model/index.ts';
import { deferredView } from '../../parts/deferred-view.tsx';
import type { OpenMenu } from '../../parts/Menu.tsx';
import type { PanelActions } from '../../frame/panel-actions.ts';
import { visibleText } from '../../parts/visible-text.ts';
import { VERDICT_ID } from '../VerdictLine.tsx';
import { StateTree } from './StateTree.tsx';
import { LoadRest } from '../../viewer/LoadRest.tsx';
import { StoreLookView } from './StoreLook.tsx';

// Below the tree, for a key that is chosen or watched.
const KeyHistory = deferredView((views) => views.KeyHistory, { isPart: true });
const Watch = deferredView((views) => views.Watch, { isPart: true });

interface StateTabProps {
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

export function StateTab({ model, actions, openMenu }: StateTabProps) {
  const state = model.state.value;
  if (state === undefined || (state.isUnknown && state.rows.length === 0))
    return (
      <div class="body">
        {model.cursor.value !== undefined && (
          <p class="section quiet">
            The session is not known at this moment: the library had not loaded it yet. Choose a later operation.
          </p>
        )}
        <StoreLookView model={model} actions={actions} />
      </div>
    );
  return (
    <div class="body">
      <StateNote state={state} model={model} actions={actions} />
      {state.rows.length === 0 ? (
        <p class="section quiet">The session is empty: no key is set at this moment.</p>
      ) : (
        <StateTree state={state} model={model} actions={actions} openMenu={openMenu} />
      )}
      {state.recordSize !== undefined && (
        <p class="section quiet">
          The record in the {state.recordIn} has {state.recordSize}.
        </p>
      )}
      {state.store === 'unknown' && !state.isStoreOnly && (
        <p class="section quiet">What the {state.recordIn} holds is not known at this moment.</p>
      )}
      <Watch model={model} />
      <KeyHistory model={model} actions={actions} />
      <StoreLookView model={model} actions={actions} />
    </div>
  );
}

/** Says where memory and store disagree, when that is something to know. */
function StateNote({ state, model, actions }: { state: StateView; model: PanelModel; actions: PanelActions }) {
  const cursor = model.cursor.value;
  if (state.isStoreOnly)
    return (
      <p class="note">
        This is the store's record, as last recorded. The request has no session in memory at this moment.
      </p>
    );
  const isEnd = cursor !== undefined && cursor.index >= cursor.exchange.operations.length && state.isDecided;
  const verb = state.differing.length === 1 ? 'differs' : 'differ';
  return (
    <>
      {state.differing.length > 0 && (
        <p class={`note ${isEnd ? 'bad' : ''}`}>
          {isEnd ? 'Not saved: ' : 'In memory, not saved at this moment: '}
          <b>{visibleText(listed(state.differing))}</b> {verb} from the store.
          {state.store === 'gone' ? ' The store holds no record of this session.' : ''}
          {isEnd && state.changedAfter !== undefined && (
            <>
              {' '}
              {state.differing.length === 1 ? 'It was changed' : 'They were changed'} after the record was{' '}
              {state.changedAfter === 'save' ? 'saved' : 'touched'}: change the session before the response ends.
            </>
          )}
          {isEnd && (
            <>
              {' '}
              <button type="button" class="to" onClick={() => document.getElementById(VERDICT_ID)?.focus()}>
                Why, and what to do
              </button>
            </>
          )}
        </p>
      )}
      {state.changedByStore.length > 0 && (
        <p class="note">
          Saved as something else: the store's format changed <b>{visibleText(listed(state.changedByStore))}</b>. The
          next load gives what the store holds.
        </p>
      )}
      {state.overwritten.length > 0 && (
        <p class="note">
          The record was written or deleted since by another request: <b>{visibleText(listed(state.overwritten))}</b>{' '}
          {state.overwritten.length === 1 ? 'differs' : 'differ'} from it.
        </p>
      )}
      {state.store === 'unreadable' && (
        <p class="note">The store holds a record that could not be read: nothing here is compared with it.</p>
      )}
      {state.notSent !== undefined && (
        <p class="note">
          {state.notSent.given} of {state.notSent.size ?? 'more'} keys were sent: the others are not shown and not
          compared. <LoadRest parts={model.keysToLoad()} actions={actions} />
        </p>
      )}
    </>
  );
}

/** The first few names. */
const listed = (names: readonly string[]) => names.slice(0, 4).join(', ') + (names.length > 4 ? ', …' : '');
