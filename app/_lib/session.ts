/** Tells a person why they are not let in: the server's own words, never a status code. */
export type SignInAnswer = { type: 'in' } | { type: 'refused'; message: string; next: string }

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
  if (answer.ok) return { type: 'in' }
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

/** Ends the session and forgets everything the page holds. */
export async function signOut(): Promise<void> {
  await post('/api/auth/sign-out', {}).catch(() => undefined)
  window.location.assign('/sign-in')
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
}
