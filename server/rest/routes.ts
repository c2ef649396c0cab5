/** One address of the REST API: a procedure under a name that HTTP people expect. */
export interface RestRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /api/v1; `{name}` is a field of the procedure's input. */
  path: string
  procedure: string
  summary: string
  /** What it answers when all is well. */
  status: 200 | 201 | 202
}

type Row = [method: RestRoute['method'], path: string, procedure: string, summary: string]

const answers200: Row[] = [
  ['GET', '/approvals', 'approvals.list', 'What waits for a second person, and what became of the rest'],
  [
    'GET',
    '/approvals/standing',
    'approvals.standing',
    'Whether a plan or rollout needs a second person, and its latest request',
  ],
  ['POST', '/approvals/{requestId}/withdraw', 'approvals.withdraw', 'Take one’s own request back'],
  ['GET', '/approvals/policy', 'approvals.policy', 'For which hosts a second person is needed'],
  ['GET', '/audit', 'audit.list', 'Who did what, newest first'],
  ['GET', '/audit/verification', 'audit.verify', 'Compute the log’s codes again: is it as it was written?'],
  ['POST', '/audit/checkpoints', 'audit.takeCheckpoint', 'Sign where the log ends now, to be kept elsewhere'],
  ['GET', '/capacity/fleet', 'capacity.fleet', 'Memory of the fleet over time, by tier'],
  ['GET', '/capacity/map', 'capacity.map', 'Every host with its memory now'],
  ['GET', '/hosts/{hostId}/capacity', 'capacity.host', 'Memory of one host over time'],
  ['GET', '/credentials', 'credentials.list', 'SSH keys: names and public halves'],
  ['DELETE', '/credentials/{credentialId}', 'credentials.remove', 'Remove an SSH key that no host uses'],
  [
    'POST',
    '/credentials/{credentialId}/test',
    'credentials.test',
    'Sign in to a host with an SSH key, and run nothing there',
  ],
  ['GET', '/fleet/stop', 'fleet.stop', 'Whether the fleet-wide stop is pulled'],
  ['POST', '/fleet/stop/pull', 'fleet.pullStop', 'Stop the fleet: no host gets leave to write'],
  ['POST', '/fleet/stop/release', 'fleet.releaseStop', 'Let the fleet go on'],
  ['GET', '/fleet/floors', 'floors.get', 'How much memory stays available on every host, and in the fleet'],
  ['PATCH', '/fleet/floors', 'floors.set', 'Change these floors'],
  [
    'GET',
    '/fleet/health-policy',
    'healthPolicy.get',
    'What of a device’s health speaks against its becoming RAM',
  ],
  ['PATCH', '/fleet/health-policy', 'healthPolicy.set', 'Set that policy: all its rules'],
  ['GET', '/hosts/{hostId}/floor', 'floors.host', 'The floor that holds for a host'],
  [
    'PATCH',
    '/hosts/{hostId}/floor',
    'floors.setHost',
    'Give a host a floor of its own, or (null) take it away',
  ],
  ['GET', '/fleet/summary', 'hosts.summary', 'Sums over all hosts'],
  ['GET', '/fleet/tiering', 'hosts.tiering', 'How hosts are set up for memory of several speeds, compared'],
  ['GET', '/hosts', 'hosts.list', 'Hosts, narrowed by the filter of the hosts page'],
  [
    'POST',
    '/imports/preview',
    'imports.preview',
    'Read a list, CSV, ssh_config or inventory without saving it',
  ],
  [
    'POST',
    '/host-keys/compare',
    'hostKeys.pending',
    'Keys that wait for review, compared with a known_hosts file',
  ],
  ['POST', '/host-keys/trust', 'hostKeys.trustMatching', 'Trust the first keys that match that file'],
  ['POST', '/hosts/labels', 'hosts.label', 'Count, set or remove one label on many hosts'],
  ['POST', '/imports', 'imports.save', 'Read it again and save the hosts that can be'],
  ['GET', '/hosts/{hostId}', 'hosts.get', 'One host with its memory, devices and keys'],
  [
    'GET',
    '/hosts/{hostId}/privileges',
    'privileges.host',
    'What the host has to allow: sudoers, forced command',
  ],
  ['PATCH', '/hosts/{hostId}', 'hosts.update', 'Change labels, address, user or key'],
  ['DELETE', '/hosts/{hostId}', 'hosts.remove', 'Remove a host'],
  ['POST', '/hosts/{hostId}/review-key', 'hosts.reviewKey', 'Trust or reject the key a host shows'],
  [
    'GET',
    '/hosts/{hostId}/kernel-policy',
    'kernelPolicy.host',
    'What its kernel does with new memory by itself, and what was changed of that',
  ],
  ['GET', '/jobs', 'jobs.list', 'Runs, newest first'],
  ['GET', '/jobs/{jobId}', 'jobs.get', 'One run, step by step'],
  [
    'POST',
    '/jobs/{jobId}/mark-lost',
    'jobs.markLost',
    'Give up an unknown run; its host stays in quarantine',
  ],
  ['GET', '/plans/{planId}', 'plans.get', 'A plan: prediction, hazards, every write, the phrase to type'],
  ['GET', '/rollouts', 'rollouts.list', 'Rollouts, newest first'],
  [
    'POST',
    '/rollouts/preview',
    'rollouts.preview',
    'What a selector names, and what a policy would make of it',
  ],
  ['GET', '/rollouts/selector', 'rollouts.fromHostQuery', 'A filter of the hosts page as a selector'],
  ['GET', '/rollouts/{rolloutId}', 'rollouts.get', 'One rollout'],
  ['GET', '/rollouts/{rolloutId}/items', 'rollouts.items', 'Its frozen list of devices'],
  ['GET', '/rollouts/{rolloutId}/plan', 'rollouts.plan', 'What is to be approved, in sums'],
  ['GET', '/rollouts/{rolloutId}/plan-items', 'rollouts.planItems', 'What each device planned'],
  [
    'GET',
    '/rollouts/{rolloutId}/left-out',
    'rollouts.leftOut',
    'What was named and is not part of it, and why',
  ],
  ['GET', '/rollouts/{rolloutId}/progress', 'rollouts.progress', 'How far it is'],
  ['GET', '/rollouts/{rolloutId}/rows', 'rollouts.rows', 'Each device, step by step'],
  ['GET', '/rollouts/{rolloutId}/host-ids', 'rollouts.hostIds', 'Ids of the hosts that match'],
  ['GET', '/rollouts/{rolloutId}/hosts/{hostId}', 'rollouts.hostRun', 'One host of it'],
  [
    'POST',
    '/rollouts/{rolloutId}/approve',
    'rollouts.approve',
    'Approve digest and phrase: hosts will be written to',
  ],
  ['POST', '/rollouts/{rolloutId}/pause', 'rollouts.pause', 'Begin no further host'],
  ['POST', '/rollouts/{rolloutId}/resume', 'rollouts.resume', 'Go on'],
  ['POST', '/rollouts/{rolloutId}/stop', 'rollouts.stop', 'End it when what is in flight has ended'],
  ['POST', '/rollouts/{rolloutId}/abort', 'rollouts.abort', 'End it, and ask what is in flight to stop'],
  [
    'POST',
    '/rollouts/{rolloutId}/retry-failed',
    'rollouts.retryFailed',
    'Try failed hosts again under the same approval',
  ],
  ['POST', '/rollouts/{rolloutId}/skip', 'rollouts.skip', 'Leave hosts out'],
]
const answers201: Row[] = [
  ['POST', '/approvals', 'approvals.request', 'Ask for a second person’s approval of a plan or a rollout'],
  ['POST', '/credentials', 'credentials.add', 'Store an SSH key; its private half never comes out again'],
  ['POST', '/credentials/agent', 'credentials.addAgent', 'Let hosts be reached with the ssh-agent’s keys'],
  ['POST', '/hosts', 'hosts.add', 'Add hosts, all or none'],
  ['POST', '/rollouts', 'rollouts.create', 'Make a rollout and have its devices planned'],
]
/** A worker carries it out: the answer says that it was asked to. */
const answers202: Row[] = [
  ['POST', '/hosts/{hostId}/probe', 'hosts.probe', 'Look at a host now'],
  ['POST', '/hosts/{hostId}/lift-quarantine', 'hosts.liftQuarantine', 'Fence a host and look at it again'],
  ['POST', '/hosts/{hostId}/adopt', 'hosts.adopt', 'Take over a host from another installation'],
  [
    'POST',
    '/jobs',
    'jobs.start',
    'Approve a plan and have it carried out: digest and phrase as the plan shows them',
  ],
  [
    'POST',
    '/hosts/{hostId}/kernel-policy',
    'kernelPolicy.change',
    'Change what its kernel does with new memory by itself, until it restarts',
  ],
  ['POST', '/jobs/{jobId}/cancel', 'jobs.cancel', 'Ask a run to stop at its next safe point'],
  ['POST', '/jobs/{jobId}/recover', 'jobs.recover', 'Have an unknown run taken up again'],
  [
    'POST',
    '/plans',
    'plans.request',
    'Ask a host what converting a device, giving it back, or a share of it, would take',
  ],
]

const rowsBy = (rows: Row[], status: RestRoute['status']): RestRoute[] =>
  rows.map(([method, path, procedure, summary]) => ({ method, path, procedure, summary, status }))

export const restRoutes: readonly RestRoute[] = [
  ...rowsBy(answers200, 200),
  ...rowsBy(answers201, 201),
  ...rowsBy(answers202, 202),
]

/** Procedures that REST leaves out, each with the reason. */
export const notInRest: Readonly<Record<string, string>> = {
  'approvals.approve': 'A second person approves in person, never by a token.',
  'approvals.reject': 'A second person decides in person, never by a token.',
  'approvals.addRule': 'No token may change who has to approve.',
  'approvals.removeRule': 'No token may change who has to approve.',
  'approvals.setHours': 'No token may change who has to approve.',
  'events.stream': 'One stream for pages; a program asks for what it waits for.',
  'people.list': 'No token may reach for people.',
  'people.invite': 'No token may reach for people.',
  'people.withdraw': 'No token may reach for people.',
  'people.setRole': 'No token may reach for people.',
  'people.disable': 'No token may reach for people.',
  'people.enable': 'No token may reach for people.',
  'people.newPassword': 'No token may reach for people.',
  'people.resetSecondFactor': 'No token may reach for people.',
  'people.setPolicy': 'No token may reach for people.',
  'people.join': 'There is no token before there is an account.',
  'session.me': 'About the session of a page.',
  'session.list': 'No token may reach for sessions.',
  'session.end': 'No token may reach for sessions.',
  'session.endOthers': 'No token may reach for sessions.',
  'session.changePassword': 'No token may reach for passwords.',
  'setup.status': 'There is no token before there is an account.',
  'setup.complete': 'There is no token before there is an account.',
  'tokens.list': 'No token may reach for other tokens.',
  'tokens.create': 'No token may make tokens.',
  'tokens.revoke': 'No token may reach for other tokens.',
}

/** Throws when a procedure is neither in REST nor left out of it for a reason, naming the line to write. */
export function checkRestRoutes(paths: readonly string[]): void {
  const served = new Set(restRoutes.map(({ procedure }) => procedure))
  const forgotten = paths.filter((path) => !served.has(path) && !Object.hasOwn(notInRest, path))
  const gone = [...served, ...Object.keys(notInRest)].filter((path) => !paths.includes(path))
  const lines = forgotten.map(
    (path) =>
      `  ['GET', '/${path.replace('.', '/')}', '${path}', '…'],   or in notInRest:   '${path}': 'why',`,
  )
  const faults = [
    ...(lines.length === 0 ? [] : ['server/rest/routes.ts does not say how programs reach these:', ...lines]),
    ...(gone.length === 0 ? [] : [`server/rest/routes.ts names what is gone: ${gone.join(', ')}.`]),
  ]
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
