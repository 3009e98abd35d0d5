/** Views that no first screenful needs: one script, loaded by `parts/deferred-view.tsx`. */
export { ConnectionView } from './connection/ConnectionView.tsx';
export { Doctor } from './connection/Doctor.tsx';
export { Pairing } from './connection/Pairing.tsx';
export { CookieTab } from './details/cookie/CookieTab.tsx';
export { DiffTab } from './details/diff/DiffTab.tsx';
export { ExchangeTab } from './details/exchange/ExchangeTab.tsx';
export { FindingsTab } from './details/findings/FindingsTab.tsx';
export { LineageTab } from './details/lineage/LineageTab.tsx';
export { KeyHistory } from './details/state/KeyHistory.tsx';
export { Watch } from './details/state/Watch.tsx';
export { Help } from './frame/Help.tsx';
export { ValueViewer } from './viewer/ValueViewer.tsx';
