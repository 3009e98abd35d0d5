/** What findings refer to. */
import type { Reference } from './rule.ts';

const ASVS_CHAPTERS: Readonly<Record<string, string>> = {
  '3': '0x12-V3-Web-Frontend-Security.md',
  '7': '0x16-V7-Session-Management.md',
  '14': '0x23-V14-Data-Protection.md',
};

/** OWASP's Application Security Verification Standard 5.0.0: `asvs('7.2.4')`. */
export const asvs = (requirement: string): Reference => ({
  text: `ASVS 5.0, ${requirement}`,
  url: `https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/${ASVS_CHAPTERS[requirement.split('.')[0]!]}`,
});

/** OWASP's cheat sheet on session management. */
export const owasp = (section: string, anchor: string): Reference => ({
  text: `OWASP session management: ${section}`,
  url: `https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#${anchor}`,
});

/** README of express-session. */
export const express = (option: string): Reference => ({
  text: `express-session, ${option}`,
  url: `https://github.com/expressjs/session#${option.toLowerCase().replaceAll('.', '')}`,
});

/** Django's documentation of sessions. */
export const django = (section: string, anchor: string): Reference => ({
  text: `Django, ${section}`,
  url: `https://docs.djangoproject.com/en/5.2/topics/http/sessions/#${anchor}`,
});

/** Django's system checks. */
export const djangoCheck = (id: string): Reference => ({
  text: `Django, ${id}`,
  url: 'https://docs.djangoproject.com/en/5.2/ref/checks/#security',
});

/** MDN on Set-Cookie. */
export const mdn = (attribute: string): Reference => ({
  text: `MDN, Set-Cookie: ${attribute}`,
  url: 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie',
});

/** A public thread: `issue('expressjs/session', 606)`. */
export const issue = (repository: string, number: number): Reference => ({
  text: `${repository}#${number}`,
  url: `https://github.com/${repository}/issues/${number}`,
});
