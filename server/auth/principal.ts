import type { SessionUser } from './schema'

/** Who asks, and by what: a session of theirs, or a token they made. Read anew for every request. */
export interface Principal extends SessionUser {
  via: { type: 'session'; sessionId: string }
}
