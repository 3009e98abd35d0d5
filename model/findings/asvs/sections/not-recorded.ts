/** Sections that no recording of sessions decides: what is documented, what is sensitive, what other systems do. */
import { beyond, type Section } from '../requirement.ts';

const DOCUMENT = 'It asks for a document.';
const SENSITIVE = 'What is sensitive, and what proves who the user is, only the app knows.';
const FEDERATION = 'What was agreed with the identity provider, and what it does, is not recorded.';

export const sessionDocumentation: Section = {
  id: '7.1',
  title: 'Session management documentation',
  requirements: [
    beyond(
      {
        id: '7.1.1',
        level: 2,
        title: 'Timeouts are documented',
        asks: 'It is documented after which time unused, and after which longest time, a session ends, that this fits the other controls, and why it is other than NIST SP 800-63B says where it is.',
      },
      DOCUMENT,
    ),
    beyond(
      {
        id: '7.1.2',
        level: 2,
        title: 'Parallel sessions are documented',
        asks: 'It is documented how many sessions one account may have at once, and what happens when there are more.',
      },
      DOCUMENT,
    ),
    beyond(
      {
        id: '7.1.3',
        level: 2,
        title: 'Systems that share a login are documented',
        asks: 'Where several systems share one login, it is documented which they are, and how the lifetime and the end of their sessions go together.',
      },
      DOCUMENT,
    ),
  ],
};

export const sessionAbuse: Section = {
  id: '7.5',
  title: 'Defenses against session abuse',
  requirements: [
    beyond(
      {
        id: '7.5.1',
        level: 2,
        title: 'Log in again to change the account',
        asks: 'Who changes what a login rests on (email address, phone number, second factor, recovery) must log in again in full first.',
      },
      SENSITIVE,
    ),
    beyond(
      {
        id: '7.5.2',
        level: 2,
        title: 'Users see and end their sessions',
        asks: 'Users can see their sessions and, with one factor proven again, end any of them.',
      },
      "Which sessions are one user's is not recorded, and pages are not looked at.",
    ),
    beyond(
      {
        id: '7.5.3',
        level: 3,
        title: 'A second proof for what is most sensitive',
        asks: 'The most sensitive transactions ask for another factor, or for a second confirmation.',
      },
      SENSITIVE,
    ),
  ],
};

export const federatedLogin: Section = {
  id: '7.6',
  title: 'Federated re-authentication',
  requirements: [
    beyond(
      {
        id: '7.6.1',
        level: 2,
        title: 'Sessions end with the identity provider as documented',
        asks: 'Lifetime and end of sessions at the app and at the identity provider go together as documented, and users log in again where the provider has not seen them for too long.',
      },
      FEDERATION,
    ),
    beyond(
      {
        id: '7.6.2',
        level: 2,
        title: 'No session without the user',
        asks: 'A session begins with the consent of the user or with something that they do, never silently.',
      },
      'What the user did and agreed to is not recorded.',
    ),
  ],
};
