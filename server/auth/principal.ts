import type { Actor, Origin } from '@/server/audit/actor'
import type { SessionUser } from './schema'

/** Who asks, and by what: a session of theirs, or a token they made. Read anew for every request. */
export interface Principal extends SessionUser {
  via:
    | { type: 'session'; sessionId: string }
    | { type: 'token'; tokenId: string; name: string; scopes: readonly string[] }
}

/** How the audit log names them: by their e-mail address, by the token that acted for them, and from where. */
export function actorOf({ email, via }: Principal, from?: Origin): Actor {
  const unknown: Origin = { clientAddress: null, userAgent: null, tokenId: null }
  if (via.type === 'token')
    return {
      kind: 'user',
      id: `${email} (token ${via.name})`,
      from: { ...(from ?? unknown), tokenId: via.tokenId },
    }
  return { kind: 'user', id: email, ...(from === undefined ? {} : { from }) }
}
