import type { Principal } from '@/server/auth/principal'
import type { EventHub } from '@/server/events/hub'
import type { ServiceContext } from '@/server/lib/service-context'

/** What every procedure is called with; `user` is null without a session. */
export interface RequestContext extends Pick<ServiceContext, 'db' | 'pg'> {
  hub: EventHub
  user: Principal | null
}
