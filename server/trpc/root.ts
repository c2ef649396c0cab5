import { approvalsRouter } from '@/server/approvals/router'
import { auditRouter } from '@/server/audit/router'
import { checkPermissions } from '@/server/auth/permissions'
import { sessionRouter, setupRouter } from '@/server/auth/router'
import { capacityRouter } from '@/server/capacity/router'
import { credentialsRouter } from '@/server/credentials/router'
import { eventsRouter } from '@/server/events/router'
import { fleetRouter } from '@/server/fleet/router'
import { floorsRouter } from '@/server/floors/router'
import { healthPolicyRouter } from '@/server/health-policy/router'
import { hostKeysRouter } from '@/server/host-keys/router'
import { hostsRouter } from '@/server/hosts/router'
import { importsRouter } from '@/server/imports/router'
import { jobsRouter } from '@/server/jobs/router'
import { kernelPolicyRouter } from '@/server/kernel-policy/router'
import { peopleRouter } from '@/server/people/router'
import { plansRouter } from '@/server/plans/router'
import { privilegesRouter } from '@/server/privileges/router'
import { rolloutsRouter } from '@/server/rollouts/router'
import { tokensRouter } from '@/server/tokens/router'
import { listProcedures } from './procedure-list'
import { router } from './procedures'

export const appRouter = router({
  approvals: approvalsRouter,
  audit: auditRouter,
  capacity: capacityRouter,
  credentials: credentialsRouter,
  events: eventsRouter,
  fleet: fleetRouter,
  floors: floorsRouter,
  healthPolicy: healthPolicyRouter,
  hostKeys: hostKeysRouter,
  hosts: hostsRouter,
  imports: importsRouter,
  jobs: jobsRouter,
  kernelPolicy: kernelPolicyRouter,
  people: peopleRouter,
  plans: plansRouter,
  privileges: privilegesRouter,
  rollouts: rolloutsRouter,
  session: sessionRouter,
  setup: setupRouter,
  tokens: tokensRouter,
})

checkPermissions(listProcedures(appRouter))

export type AppRouter = typeof appRouter
