/** What every view of the panel may need, without being handed down through each of them. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createWorkbench, type Workbench } from '../../model/index.ts';

const BenchContext = createContext<Workbench | undefined>(undefined);

export const BenchProvider = BenchContext.Provider;

/** For a view that stands alone: a test, a story. */
let lone: Workbench | undefined;

/** The workbench of the panel around this view. */
export const useBench = (): Workbench => useContext(BenchContext) ?? (lone ??= createWorkbench());
