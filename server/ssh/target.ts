/** A public host key as the server showed it or as a person trusted it. */
export interface HostKey {
  /** e.g. `ssh-ed25519` (RFC 4253 §6.6) */
  algorithm: string
  /** Public key blob, base64. */
  publicKey: string
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  fingerprint: string
}

/** All that is needed to reach a host; made by the hosts room, never from request input. */
export interface SshTarget {
  hostId: string
  name: string
  address: string
  port: number
  username: string
  /** OpenSSH or PEM private key without passphrase; lives in memory only. */
  privateKey: string
  /** The socket of an ssh-agent, which is asked instead of the key; a path from this machine's settings. */
  agentSocket?: string
  /** Only these are accepted. Empty: first contact, which ends in `key_review`. */
  trustedKeys: readonly HostKey[]
  /** The host it is reached through, with its own way in and its own keys; missing: directly. */
  via?: SshTarget
}

const contactErrorKinds = [
  'key_review',
  'key_changed',
  'unreachable',
  'auth_refused',
  'sudo_refused',
  'agent_failed',
  'version_mismatch',
  'timed_out',
  'lost_contact',
  'output_overflow',
] as const
export type ContactErrorKind = (typeof contactErrorKinds)[number]

/** Contact with a host failed: what happened, to what, and the one next action. An expected outcome. */
export class ContactError extends Error {
  readonly kind: ContactErrorKind
  readonly next: string
  /** For `key_review` and `key_changed`: the key the host showed. */
  readonly shownKey: HostKey | null

  constructor(kind: ContactErrorKind, message: string, next: string, shownKey: HostKey | null = null) {
    super(message)
    this.name = 'ContactError'
    this.kind = kind
    this.next = next
    this.shownKey = shownKey
  }
}
