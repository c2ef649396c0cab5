import { oidcFaults, oidcFaultWords } from '@/server/oidc/vocabulary'

/** Tells a person why they are not let in: the server's own words, never a status code. */
export type SignInAnswer =
  | { type: 'in' }
  /** The password was right; a code of the second factor is asked for now. */
  | { type: 'code' }
  | { type: 'refused'; message: string; next: string }

/** Opens a session (better-auth's own endpoint; the cookie is httpOnly). */
export async function signIn(email: string, password: string): Promise<SignInAnswer> {
  let answer: Response
  try {
    answer = await post('/api/auth/sign-in/email', { email, password })
  } catch {
    return {
      type: 'refused',
      message: 'The Daxfleet server does not answer.',
      next: 'Check that it is running, then try again.',
    }
  }
  if (answer.ok) return (await isChallenge(answer)) ? { type: 'code' } : { type: 'in' }
  if (answer.status === 401) {
    return {
      type: 'refused',
      message: 'No account has this e-mail address and password.',
      next: 'Check both; passwords are told apart by upper and lower case.',
    }
  }
  if (answer.status === 429) {
    return {
      type: 'refused',
      message: 'Too many attempts from this address.',
      next: 'Wait a minute, then try again.',
    }
  }
  if (answer.status === 403) {
    return {
      type: 'refused',
      message: 'The server refuses sign-ins from this web address.',
      next: 'Open the address printed at its start, or set DAXFLEET_ORIGIN to the one you use.',
    }
  }
  return {
    type: 'refused',
    message: `Signing in failed on the server (status ${answer.status}).`,
    next: "Look at the web server's log, then try again.",
  }
}

async function isChallenge(answer: Response): Promise<boolean> {
  const body: unknown = await answer.json().catch(() => null)
  return typeof body === 'object' && body !== null && 'twoFactorRedirect' in body
}

/** The second step: a code of the app, or one of the recovery codes. */
export async function signInByCode(code: string): Promise<SignInAnswer> {
  const plain = code.replace(/\s/g, '')
  const isFromApp = /^\d{6}$/.test(plain)
  let answer: Response
  try {
    const path = isFromApp ? 'verify-totp' : 'verify-backup-code'
    answer = await post(`/api/auth/two-factor/${path}`, { code: plain })
  } catch {
    return {
      type: 'refused',
      message: 'The Daxfleet server does not answer.',
      next: 'Check that it is running, then try again.',
    }
  }
  if (answer.ok) return { type: 'in' }
  if (answer.status === 401)
    return {
      type: 'refused',
      message: 'This code is not good now, or was used already.',
      next: 'Wait for the next one. If the password was entered more than five minutes ago, begin anew.',
    }
  return {
    type: 'refused',
    message: 'Too many wrong codes.',
    next: 'Wait a quarter of an hour, then begin anew; an admin can reset the second factor.',
  }
}

export type SecondFactorAnswer =
  | { type: 'done'; body: { totpURI?: string; backupCodes?: string[] } }
  | { type: 'refused'; message: string; next: string }

/** Sets the second factor up or takes it off; better-auth's own endpoints. */
export async function changeSecondFactor(
  step: 'enable' | 'verify-totp' | 'disable' | 'generate-backup-codes',
  body: { password?: string; code?: string },
): Promise<SecondFactorAnswer> {
  try {
    const answer = await post(`/api/auth/two-factor/${step}`, body)
    if (answer.ok) return { type: 'done', body: await answer.json() }
    if (answer.status === 429)
      return { type: 'refused', message: 'Too many attempts.', next: 'Wait a minute.' }
    return step === 'verify-totp'
      ? {
          type: 'refused',
          message: 'This code is not good now, or was used already.',
          next: 'Wait for the next one.',
        }
      : { type: 'refused', message: 'This is not your password.', next: 'Check it, and try again.' }
  } catch {
    return {
      type: 'refused',
      message: 'The Daxfleet server does not answer.',
      next: 'Try again in a moment.',
    }
  }
}

/** Goes to the identity provider; only a refusal comes back. `next`: the page to come back to. */
export async function signInByProvider(next: string): Promise<SignInAnswer | null> {
  try {
    const answer = await post('/api/auth/sign-in/oidc', { next })
    const { url, code } = (await answer.json()) as { url?: unknown; code?: unknown }
    if (answer.ok && typeof url === 'string') {
      window.location.assign(url)
      return null
    }
    if (answer.status === 429)
      return { type: 'refused', message: 'Too many attempts.', next: 'Wait a minute, then try again.' }
    return { type: 'refused', ...faultOfProvider(typeof code === 'string' ? code : '') }
  } catch {
    return {
      type: 'refused',
      message: 'The Daxfleet server does not answer.',
      next: 'Check that it is running, then try again.',
    }
  }
}

/** What a code of the identity provider's way means. */
export function faultOfProvider(code: string): { message: string; next: string } {
  return oidcFaultWords[oidcFaults.find((each) => each === code) ?? 'provider_fault']
}

/** Opens a session by a one-time link's token, which is used up by asking. */
export async function signInByLink(token: string): Promise<SignInAnswer> {
  const anew = 'Make a new link where Daxfleet runs:'
  if (token === '') return { type: 'refused', message: 'This address holds no sign-in token.', next: anew }
  let answer: Response
  try {
    answer = await post('/api/auth/sign-in/link', { token })
  } catch {
    return {
      type: 'refused',
      message: 'The Daxfleet server does not answer.',
      next: 'Check that it is running, then open the link again. If it was used up, make a new one there:',
    }
  }
  if (answer.ok) return { type: 'in' }
  if (answer.status === 401)
    return {
      type: 'refused',
      message: 'This link was used already, or its ten minutes are over.',
      next: anew,
    }
  return {
    type: 'refused',
    message: `The server refused this link (status ${answer.status}).`,
    next: 'Wait a minute, then make a new link where Daxfleet runs:',
  }
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
}
