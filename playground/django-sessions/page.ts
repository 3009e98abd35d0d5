import { pageWith } from '../layout.ts';

/** A page of this demo. */
export const page = pageWith(['/form/', 'Form']);
