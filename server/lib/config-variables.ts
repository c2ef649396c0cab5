import { z } from 'zod'
import { roles } from '../auth/vocabulary'
import { isNetwork } from './networks'

/**
 * Every variable Daxfleet reads, in the order `.env.example` lists them: what it is, its unit, its default.
 * Nothing else in the project reads `process.env` for a setting; a test keeps `.env.example` equal to this.
 */
export interface Variable {
  /** Unset means this text; `null` means the variable is optional and has no value then. */
  readonly fallback: string | null
  /** What the variable is, unit included, as `.env.example` prints it. */
  readonly help: string
  readonly schema: z.ZodType
}

const integer = (min: number, max: number, unit: string) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number of ${unit}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max} ${unit}`)

const postgresUrl = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
    'must look like postgresql://user:password@host:5432/database',
  )
  .refine(
    (value) => !URL.canParse(value) || new URL(value).pathname.length > 1,
    'must name a database after the last slash',
  )

const origin = z
  .string()
  .refine(
    (value) =>
      URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).origin === value,
    'must be scheme, host and port only, like https://daxfleet.example:8443 (no path, no trailing slash)',
  )

const hostList = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ''),
  )
  .refine(
    (hosts) => hosts.every((host) => /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.test(host)),
    'must be names or name:port, separated by commas',
  )

const issuer = z
  .string()
  .refine((value) => URL.canParse(value), 'must be the address of an identity provider')
  .refine((value) => {
    const { protocol, hostname } = URL.canParse(value) ? new URL(value) : { protocol: '', hostname: '' }
    return (
      protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname))
    )
  }, 'must begin with https: (http: only on loopback, to try it)')

/** `admin=dax-admins,approver=dax-approvers` → the role each value of the claim gives. */
const rolesByValue = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim().split('=')))
  .refine(
    (entries) =>
      entries.every(([role = '', ...value]) => roles.some((each) => each === role) && value.join('=') !== ''),
    `must be pairs like admin=dax-admins, separated by commas; roles are ${roles.join(', ')}`,
  )
  .transform((entries) => {
    // From the least to the most: a value that is named twice gives the higher role.
    const pairs = roles.flatMap((role) =>
      entries.flatMap(([name, ...value]) => (name === role ? [[value.join('='), role] as const] : [])),
    )
    return Object.fromEntries(pairs)
  })

const networks = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine(
    (entries) => entries.every(isNetwork),
    'must be addresses or networks like 10.0.0.0/8, separated by commas',
  )

const path = z.string().refine((value) => !value.includes('\0'), 'must be a path')

export const variables = {
  HOST: {
    fallback: '127.0.0.1',
    help: 'Address the web server listens on. Anything but loopback should stand behind TLS.',
    schema: z.string().regex(/^[0-9a-z.:-]+$/i, 'must be an address such as 127.0.0.1, or a host name'),
  },
  PORT: {
    fallback: '3000',
    help: 'TCP port the web server listens on.',
    schema: integer(1, 65_535, '(a TCP port)'),
  },
  DATA_DIR: {
    fallback: '.data',
    help: 'Folder that must survive restarts: embedded Postgres, keys, logs. Relative to the checkout. Back it up.',
    schema: path,
  },
  CACHE_DIR: {
    fallback: '.cache',
    help: 'Folder of things that are built again when lost: agents, lab images. Relative to the checkout.',
    schema: path,
  },
  DATABASE_URL: {
    fallback: null,
    help: 'A Postgres of your own (15 or later). Unset: the embedded Postgres under DATA_DIR.',
    schema: postgresUrl,
  },
  DATABASE_POOL_CONNECTIONS: {
    fallback: '10',
    help: 'Postgres connections each process (web, worker) opens at most.',
    schema: integer(2, 200, 'connections'),
  },
  DAXFLEET_ORIGIN: {
    fallback: null,
    help: 'Address people type in the browser, where it is not http://HOST:PORT (behind a proxy). Cookies and Origin checks follow it.',
    schema: origin,
  },
  DAXFLEET_ALLOWED_HOSTS: {
    fallback: null,
    help: 'Further Host headers to answer, separated by commas. Loopback names and DAXFLEET_ORIGIN are always answered; the rest is refused (DNS rebinding).',
    schema: hostList,
  },
  DAXFLEET_TRUSTED_PROXIES: {
    fallback: null,
    help: 'Addresses or networks of your own reverse proxies, separated by commas. With them X-Forwarded-For is believed as far as they wrote it: attempts are limited an address, and the audit log has it. Unset: no address is believed.',
    schema: networks,
  },
  OIDC_ISSUER: {
    fallback: null,
    help: 'Issuer address of an identity provider (OpenID Connect) people may sign in by. Unset: passwords only.',
    schema: issuer,
  },
  OIDC_CLIENT_ID: {
    fallback: null,
    help: 'What the provider calls Daxfleet. The redirect address to enter there is DAXFLEET_ORIGIN/sign-in/oidc.',
    schema: z.string().max(500),
  },
  OIDC_CLIENT_SECRET: {
    fallback: null,
    help: 'The secret the provider gave out with it.',
    schema: z.string().max(2000),
  },
  OIDC_NAME: {
    fallback: 'single sign-on',
    help: 'What the button says after "Sign in with".',
    schema: z.string().max(60, 'must have at most 60 characters'),
  },
  OIDC_SCOPES: {
    fallback: 'openid email profile',
    help: 'Scopes to ask for, separated by spaces; openid and email are needed.',
    schema: z.string().refine((value) => value.split(' ').includes('openid'), 'must contain openid'),
  },
  OIDC_ROLE_CLAIM: {
    fallback: null,
    help: 'Claim of the ID token that gives the role, such as groups. Unset: roles are given in Daxfleet.',
    schema: z.string().max(200),
  },
  OIDC_ROLES: {
    fallback: null,
    help: 'Which value of that claim gives which role, as in admin=dax-admins,approver=dax-approvers. Whoever has none of them is viewer.',
    schema: rolesByValue,
  },
  OIDC_CREATE_VIEWERS: {
    fallback: 'no',
    help: 'yes: whoever the provider knows with a verified e-mail address gets a viewer’s account. no: only who was invited.',
    schema: z.enum(['yes', 'no'], 'must be yes or no'),
  },
  WORKER_CONCURRENCY: {
    fallback: '20',
    help: 'Hosts one worker process works on at the same time.',
    schema: integer(1, 1000, 'hosts'),
  },
  WORKER_SELECTOR: {
    fallback: null,
    help: 'Labels of the hosts that this worker serves, and no other worker does, as in label:site=berlin (a site behind a bastion). Unset: it serves the hosts that no such worker has.',
    schema: z.string().max(1_000, 'must be conditions on labels, as in label:site=berlin'),
  },
  SSH_CONNECT_SECONDS: {
    fallback: '20',
    help: 'Seconds an SSH connection may take until it is authenticated.',
    schema: integer(1, 600, 'seconds'),
  },
  SSH_COMMAND_SECONDS: {
    fallback: '60',
    help: 'Seconds one command on a host may take (an agent at work is watched, not bound by this).',
    schema: integer(1, 3600, 'seconds'),
  },
  HOOK_SECONDS: {
    fallback: '600',
    help: 'Seconds a hook of a host’s own (docs/agent-protocol.md) may take; part of what a plan’s approval covers.',
    schema: integer(1, 3600, 'seconds'),
  },
  OFFLINE_SECONDS: {
    fallback: '60',
    help: 'Seconds one memory block may take to go offline before it counts as one that does not; part of what a plan’s approval covers.',
    schema: integer(1, 3600, 'seconds'),
  },
  SSH_AUTH_SOCK: {
    fallback: null,
    help: 'Socket of an ssh-agent that hosts may be reached with (the credential "ssh-agent"); for the worker and the web server.',
    schema: path,
  },
  HOST_LEASE_SECONDS: {
    fallback: '30',
    help: 'Seconds a worker holds a host without renewing; after that another worker may take over.',
    schema: integer(5, 3600, 'seconds'),
  },
  UNKNOWN_DEADLINE_SECONDS: {
    fallback: '1800',
    help: 'Seconds a job whose outcome is unknown is asked after; then it ends lost and its host stays in quarantine.',
    schema: integer(10, 604_800, 'seconds'),
  },
  PROBE_INTERVAL_SECONDS: {
    fallback: '300',
    help: 'Seconds between two looks at a host on which nothing is going on.',
    schema: integer(10, 86_400, 'seconds'),
  },
  STUCK_AFTER_SECONDS: {
    fallback: '10',
    help: 'Seconds a write may be in the kernel before its job is shown as stuck (nothing else changes).',
    schema: integer(1, 3600, 'seconds'),
  },
  WATCH_SECONDS: {
    fallback: '30',
    help: 'Seconds between two readings of a watched host; a change on it is told at once.',
    schema: integer(1, 3600, 'seconds'),
  },
  WATCH_MAX_HOSTS: {
    fallback: '500',
    help: 'Hosts one worker process watches at most, each over one SSH connection that stays. 0: none.',
    schema: integer(0, 20_000, 'hosts'),
  },
  SHUTDOWN_SECONDS: {
    fallback: '20',
    help: 'Seconds each child process gets to finish after Ctrl-C or SIGTERM before it is killed.',
    schema: integer(1, 600, 'seconds'),
  },
  LOG_LEVEL: {
    fallback: 'info',
    help: 'Least severe line that is logged: error, warn, info or debug.',
    schema: z.enum(['error', 'warn', 'info', 'debug'], 'must be error, warn, info or debug'),
  },
} satisfies Record<string, Variable>

export type VariableName = keyof typeof variables
