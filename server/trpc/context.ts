import type { ServiceContext } from '@/server/lib/service-context'

/** Who is signed in, as much of it as a page may know. */
export interface SessionUser {
  id: string
  name: string
  email: string
}

/** What every procedure is called with; `user` is null without a session. */
export interface RequestContext extends Pick<ServiceContext, 'db' | 'pg'> {
  user: SessionUser | null
}
