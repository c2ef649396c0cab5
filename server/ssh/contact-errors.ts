import { ContactError, type HostKey, type SshTarget } from './target'

/** `name (user@address:port)`, as every message names a host. */
export function describeTarget(target: Pick<SshTarget, 'name' | 'username' | 'address' | 'port'>): string {
  return `${target.name} (${target.username}@${target.address}:${target.port})`
}

/** The host's key is not (or not any more) one a person trusted. */
export function untrustedKey(target: SshTarget, shown: HostKey): ContactError {
  const [known] = target.trustedKeys
  if (known === undefined) {
    return new ContactError(
      'key_review',
      `${target.name} was reached for the first time and shows ${shown.algorithm} ${shown.fingerprint}.`,
      'Compare the fingerprint with the one on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then trust it.',
      shown,
    )
  }
  const trusted = target.trustedKeys.map((key) => `${key.algorithm} ${key.fingerprint}`).join(', ')
  return new ContactError(
    'key_changed',
    `${target.name} shows another host key: trusted is ${trusted}, shown was ${shown.algorithm} ${shown.fingerprint}.`,
    'Find out why before trusting the new key: a reinstalled host is harmless, somebody in between is not.',
    shown,
  )
}

const unreachable: Record<string, [what: string, next: string]> = {
  ECONNREFUSED: ['refused the connection', 'Check that sshd runs on the host and listens on that port.'],
  EHOSTUNREACH: ['has no route to it', 'Check the address and the network between here and the host.'],
  ENETUNREACH: ['has no route to it', 'Check the address and the network between here and the host.'],
  ENOTFOUND: ['has a name that does not resolve', 'Check the address, or enter an IP address.'],
  EAI_AGAIN: ['has a name that could not be resolved', 'Check this machine’s DNS, or enter an IP address.'],
  ETIMEDOUT: ['did not answer', 'Check that the host is up and that no firewall drops the connection.'],
  ECONNRESET: [
    'closed the connection',
    'Check sshd’s log on the host; MaxStartups or a firewall may do this.',
  ],
}

/** What went wrong before a connection stood, in words; `error` is what ssh2 or the socket said. */
export function connectFailure(target: SshTarget, error: Error): ContactError {
  const where = describeTarget(target)
  const { code, level } = error as Error & { code?: string; level?: string }
  if (level === 'agent') {
    return new ContactError(
      'auth_refused',
      `The ssh-agent of Daxfleet’s machine could not sign in to ${where}: ${clip(error.message)}.`,
      'Check that the agent of SSH_AUTH_SOCK runs and that Daxfleet’s user may open its socket.',
    )
  }
  if (level === 'client-authentication' && /SHA-1 only/.test(error.message)) {
    return new ContactError(
      'auth_refused',
      `${where} takes RSA keys with SHA-1 signatures only, which Daxfleet does not make.`,
      'Update the host’s sshd (7.2 or later), or use an ed25519 key.',
    )
  }
  if (level === 'client-authentication') {
    return new ContactError(
      'auth_refused',
      `${where} refused the key.`,
      `Add the public key to ~${target.username}/.ssh/authorized_keys on the host, or choose another key.`,
    )
  }
  if (level === 'client-timeout') {
    return new ContactError(
      'unreachable',
      `${where} did not finish the SSH handshake in time.`,
      'Check that the host is up, that SSH listens there, and how busy the host is.',
    )
  }
  const known = code === undefined ? undefined : unreachable[code]
  if (known !== undefined) return new ContactError('unreachable', `${where} ${known[0]}.`, known[1])
  if (/no matching/i.test(error.message)) {
    return new ContactError(
      'unreachable',
      `${where} and Daxfleet share no SSH algorithm (${clip(error.message)}).`,
      'Enable curve25519-sha256 and ssh-ed25519 in the host’s sshd; post-quantum-only servers are not supported.',
    )
  }
  if (/before handshake|connection was closed/i.test(error.message)) {
    return new ContactError(
      'unreachable',
      `${where} closed the connection before a key was shown: ${clip(error.message)}.`,
      'Try again in a minute; if it stays so, see sshd’s log on the host for MaxStartups, a deny list or a penalty.',
    )
  }
  return new ContactError(
    'unreachable',
    `${where} could not be reached: ${clip(error.message)}.`,
    'Try ssh by hand with the same account and address; then probe again.',
  )
}

/** The connection or channel went while something was running. */
export function lostContact(target: SshTarget, detail: string): ContactError {
  return new ContactError(
    'lost_contact',
    `Contact with ${describeTarget(target)} was lost: ${clip(detail)}.`,
    'Check the network and the host, then probe again.',
  )
}

/** Authenticated, but no session to be had. */
export function refusedChannel(target: SshTarget, error: Error): ContactError {
  return new ContactError(
    'agent_failed',
    `${describeTarget(target)} refused to open a session: ${clip(error.message)}.`,
    'Check MaxSessions and ForceCommand in the host’s sshd_config.',
  )
}

/** The jump host stands and would not, or could not, go on from there. */
export function notForwarded(via: SshTarget, target: SshTarget, error: Error): ContactError {
  return new ContactError(
    'unreachable',
    `${via.name} could not connect on to ${describeTarget(target)}: ${clip(error.message)}.`,
    `Check that ${target.address}:${target.port} answers from ${via.name}, and AllowTcpForwarding and PermitOpen in its sshd_config.`,
  )
}

/**
 * The way to `target` ends at the host it leads through. The key such a host showed is not the target's, so it does not
 * travel: it waits for review at its own host, which is contacted by itself as well.
 */
export function notThrough(via: SshTarget, target: SshTarget, error: ContactError): ContactError {
  return new ContactError(
    error.kind === 'timed_out' || error.kind === 'lost_contact' ? error.kind : 'unreachable',
    `${target.name} is reached through ${via.name}. ${error.message}`,
    error.next,
  )
}

/** The caller’s own deadline or abort. */
export function stopped(target: SshTarget, signal?: AbortSignal): ContactError {
  const timedOut = signal?.reason instanceof Error && signal.reason.name === 'TimeoutError'
  return timedOut
    ? noAnswer(target)
    : new ContactError(
        'lost_contact',
        `The call to ${describeTarget(target)} was stopped here.`,
        'Start it again when ready.',
      )
}

/** Reached, but too slow. */
export function noAnswer(target: SshTarget): ContactError {
  return new ContactError(
    'timed_out',
    `${describeTarget(target)} did not answer in the time given.`,
    'Check how busy the host is, then try again.',
  )
}

/** Text from a host or a library, safe to show: one line, printable, short. */
export function clip(text: string, length = 200): string {
  // Control characters, and those that reorder or hide text (Unicode's format class holds the bidi marks).
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length > length ? `${line.slice(0, length)}…` : line
}

/** Waits for work that others share; the signal ends the waiting, not the work. */
export function abortable<T>(promise: Promise<T>, target: SshTarget, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(stopped(target, signal))
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
