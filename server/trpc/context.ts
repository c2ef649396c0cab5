import type { Origin } from '@/server/audit/actor'
import type { Principal } from '@/server/auth/principal'
import type { EventHub } from '@/server/events/hub'
import type { ServiceContext } from '@/server/lib/service-context'

/** What every procedure is called with; `user` is null without a session. */
export interface RequestContext extends Pick<ServiceContext, 'db' | 'pg'> {
  hub: EventHub
  user: Principal | null
  /** Where the request came from, for the audit log; absent for what is no request. */
  from?: Origin
  /** Asks again, for what goes on after the answer began. */
  isStillSignedIn?: () => Promise<boolean>
}
