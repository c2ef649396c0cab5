/** Why a sign-in by the identity provider did not work, as the page's address says it. */
export const oidcFaults = [
  'provider_down',
  'provider_fault',
  'denied',
  'stale',
  'email_unverified',
  'not_invited',
  'other_account',
  'disabled',
] as const
export type OidcFaultCode = (typeof oidcFaults)[number]

/** What a person is told of it, and the one next action. */
export const oidcFaultWords: Readonly<Record<OidcFaultCode, { message: string; next: string }>> = {
  provider_down: {
    message: 'The identity provider does not answer.',
    next: 'Try again in a minute, or sign in with your password.',
  },
  provider_fault: {
    message: 'The identity provider’s answer could not be trusted or read.',
    next: 'Try again; if it stays so, an admin finds the reason in the web server’s log.',
  },
  denied: {
    message: 'The identity provider refused the sign-in.',
    next: 'Try again, or ask whoever runs it.',
  },
  stale: {
    message: 'This sign-in was begun in another browser, more than ten minutes ago, or used already.',
    next: 'Begin again here.',
  },
  email_unverified: {
    message: 'The identity provider has not verified your e-mail address.',
    next: 'Have it verified there, then sign in again.',
  },
  not_invited: {
    message: 'Nobody has invited you here.',
    next: 'Ask an admin of Daxfleet for an invitation to the address you use there.',
  },
  other_account: {
    message: 'This e-mail address belongs to somebody else’s account at the identity provider.',
    next: 'Ask an admin of Daxfleet.',
  },
  disabled: { message: 'This account may not sign in.', next: 'Ask an admin of Daxfleet.' },
}
