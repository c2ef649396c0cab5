import type { Actor } from '@/server/audit/actor'
import type { SessionUser } from './schema'

/** Who asks, and by what: a session of theirs, or a token they made. Read anew for every request. */
export interface Principal extends SessionUser {
  via:
    | { type: 'session'; sessionId: string }
    | { type: 'token'; tokenId: string; name: string; scopes: readonly string[] }
}

/** How the audit log names them: by their e-mail address, and by the token that acted for them. */
export function actorOf({ email, via }: Principal): Actor {
  return { kind: 'user', id: via.type === 'token' ? `${email} (token ${via.name})` : email }
}
