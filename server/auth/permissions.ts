import type { Right } from './vocabulary'

/** What a procedure asks of whoever calls it. */
export type Need =
  /** Anybody who reaches the server, signed in or not. */
  | { type: 'public' }
  /** Whoever is signed in, about their own account and in person: never a token. */
  | { type: 'own' }
  /** A role with this right; a token needs the scope `<area>:<right>` as well, where it may do it at all. */
  | { type: 'right'; right: Right; inPerson: boolean }

const right = (name: Right): Need => ({ type: 'right', right: name, inPerson: false })
/** No token may do it: a stolen one must not make itself more powerful, or last longer. */
const inPerson = (name: Right): Need => ({ type: 'right', right: name, inPerson: true })

const anybody: Need = { type: 'public' }
const own: Need = { type: 'own' }
const view = right('view')
const operate = right('operate')
const approve = right('approve')
const administer = right('administer')

/**
 * Who may call what: the one table. A procedure that is missing here is refused at start-up. What stands between them:
 * looking is `view`; what prepares, looks at hosts or makes things safer is `operate`; what lets a host be written to is
 * `approve`; what decides whom to trust is `administer`. docs/access.md says it in prose.
 */
const table = {
  'approvals.list': view,
  'approvals.standing': view,
  'approvals.request': operate,
  'approvals.withdraw': operate,
  'approvals.approve': inPerson('approve'),
  'approvals.reject': inPerson('approve'),
  'approvals.policy': view,
  'approvals.addRule': inPerson('administer'),
  'approvals.removeRule': inPerson('administer'),
  'approvals.setHours': inPerson('administer'),
  'audit.list': view,
  'audit.verify': view,
  'audit.takeCheckpoint': view,
  'capacity.host': view,
  'capacity.fleet': view,
  'capacity.map': view,
  'credentials.list': view,
  'credentials.add': administer,
  'credentials.addAgent': administer,
  'credentials.test': operate,
  'credentials.remove': administer,
  'events.stream': view,
  'fleet.stop': view,
  'fleet.pullStop': operate,
  'fleet.releaseStop': administer,
  'floors.get': view,
  'floors.set': administer,
  'floors.host': view,
  'floors.setHost': administer,
  'healthPolicy.get': view,
  'healthPolicy.set': administer,
  'hostKeys.pending': operate,
  'hostKeys.trustMatching': operate,
  'hosts.list': view,
  'hosts.summary': view,
  'hosts.tiering': view,
  'hosts.get': view,
  'hosts.add': operate,
  'hosts.probe': operate,
  'hosts.liftQuarantine': operate,
  'hosts.adopt': administer,
  'hosts.reviewKey': operate,
  'hosts.label': operate,
  'hosts.update': operate,
  'hosts.remove': operate,
  'kernelPolicy.host': view,
  'kernelPolicy.change': approve,
  'privileges.host': view,
  'imports.preview': operate,
  'imports.save': operate,
  'jobs.start': approve,
  'jobs.cancel': operate,
  'jobs.recover': operate,
  'jobs.markLost': operate,
  'jobs.get': view,
  'jobs.list': view,
  'plans.request': operate,
  'plans.get': view,
  'rollouts.preview': view,
  'rollouts.fromHostQuery': view,
  'rollouts.create': operate,
  'rollouts.list': view,
  'rollouts.get': view,
  'rollouts.items': view,
  'rollouts.plan': view,
  'rollouts.planItems': view,
  'rollouts.leftOut': view,
  'rollouts.progress': view,
  'rollouts.rows': view,
  'rollouts.hostIds': view,
  'rollouts.hostRun': view,
  'rollouts.approve': approve,
  'rollouts.pause': operate,
  'rollouts.resume': operate,
  'rollouts.stop': operate,
  'rollouts.abort': operate,
  'rollouts.retryFailed': operate,
  'rollouts.skip': operate,
  'people.list': inPerson('view'),
  'people.invite': inPerson('administer'),
  'people.withdraw': inPerson('administer'),
  'people.setRole': inPerson('administer'),
  'people.disable': inPerson('administer'),
  'people.enable': inPerson('administer'),
  'people.newPassword': inPerson('administer'),
  'people.resetSecondFactor': inPerson('administer'),
  'people.setPolicy': inPerson('administer'),
  'people.join': anybody,
  'session.me': own,
  'session.list': own,
  'session.end': own,
  'session.endOthers': own,
  'session.changePassword': own,
  'setup.status': anybody,
  'setup.complete': anybody,
  'tokens.list': inPerson('view'),
  'tokens.create': inPerson('view'),
  'tokens.revoke': inPerson('view'),
} satisfies Record<string, Need>

export const permissions: Readonly<Record<string, Need>> = table
export type ProcedurePath = keyof typeof table

/** A route that hands every call to a procedure, which then goes by its own line. */
export interface ByProcedure {
  type: 'by procedure'
}
const byProcedure: ByProcedure = { type: 'by procedure' }

/**
 * Who may call the routes (files called `route.ts` under `app/`) by their path. Pages are no routes: they are empty without the procedures they
 * ask. A route that is missing here is found by test/integration/web/permissions.test.ts.
 */
export const routePermissions: Readonly<Record<string, Need | ByProcedure>> = {
  '/api/audit/csv': byProcedure,
  '/api/auth/[...all]': anybody,
  '/api/trpc/[trpc]': byProcedure,
  '/api/v1/[...path]': byProcedure,
  '/healthz': anybody,
  '/metrics': view,
  '/readyz': anybody,
  '/sign-in/oidc': anybody,
}

/** Throws when table and router differ, naming the very lines to write. */
export function checkPermissions(procedures: readonly { path: string; type: string }[]): void {
  const forgotten = procedures
    .filter(({ path }) => !Object.hasOwn(permissions, path))
    .map(({ path, type }) => `  '${path}': ${type === 'mutation' ? 'operate' : 'view'},`)
  const known = new Set(procedures.map(({ path }) => path))
  const gone = Object.keys(permissions).filter((path) => !known.has(path))
  const faults = [
    ...(forgotten.length === 0
      ? []
      : [
          'server/auth/permissions.ts does not say who may call these. Add to `permissions` (view, operate, approve or administer; the docstring there says which):',
          ...forgotten,
        ]),
    ...(gone.length === 0
      ? []
      : [`server/auth/permissions.ts names procedures that do not exist: ${gone.join(', ')}.`]),
  ]
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
