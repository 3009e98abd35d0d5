/** What no first screenful needs of the model: one script, loaded by `panel/on-demand.ts`. */
export { sheetOf } from './findings/asvs/sheet.ts';
export { whySession } from './findings/why-session.ts';
export { whyValue } from './findings/why-value.ts';
export { historyOf } from './history/key-history.ts';
export { SessionRequests } from './history/session-requests.ts';
export { sheetGaps, sheetMarkdown } from './labels/asvs-labels.ts';
export { readTrace, stretchOf, traceText } from './recording/trace.ts';
export { cookieView } from './views/cookie-view.ts';
export { curlOf, fetchOf, jsonOf, markdownOf } from './views/copy-as.ts';
export { whoWroteSince } from './views/diff-author.ts';
export { diffView } from './views/diff-view.ts';
export { doctor } from './views/doctor.ts';
export { suggestionsFor, wordAt } from './views/filter-suggestions.ts';
export { lineageView } from './views/lineage-view.ts';
export { sessionChoices } from './views/session-choices.ts';
