import path from 'node:path'
import type { OidcSettings } from '@/server/oidc/settings'
import { type VariableName, variables } from './config-variables'

type Raw = { [Name in VariableName]: (typeof variables)[Name]['schema']['_zod']['output'] | undefined }

/** Everything that can be set, validated; names carry their units. Made by `parseConfig` only. */
export interface Config {
  readonly host: string
  readonly port: number
  /** Absolute. Survives restarts: embedded Postgres, keys, logs. */
  readonly dataDir: string
  /** Absolute. May be deleted at any time while nothing runs. */
  readonly cacheDir: string
  /** Undefined: the embedded Postgres; ask `databaseUrl()` of ./database-url for the address in force. */
  readonly databaseUrl: string | undefined
  readonly databasePoolConnections: number
  /** Scheme, host and port people use, without trailing slash. */
  readonly origin: string
  /** Lower-case `host` or `host:port` values a Host header may have. */
  readonly allowedHosts: readonly string[]
  /** Values an Origin header may have. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and networks whose word on where a request came from is taken. */
  readonly trustedProxies: readonly string[]
  /** Null: people sign in with passwords and links only. */
  readonly oidc: OidcSettings | null
  readonly workerConcurrency: number
  /** Conditions on labels; undefined: this worker serves what no pool has (server/pools). */
  readonly workerSelector: string | undefined
  readonly sshConnectSeconds: number
  readonly sshCommandSeconds: number
  readonly hookSeconds: number
  readonly offlineSeconds: number
  /** Socket of an ssh-agent; undefined: there is none to be used. */
  readonly sshAuthSock: string | undefined
  readonly hostLeaseSeconds: number
  readonly unknownDeadlineSeconds: number
  readonly probeIntervalSeconds: number
  readonly stuckAfterSeconds: number
  readonly watchSeconds: number
  readonly watchMaxHosts: number
  readonly shutdownSeconds: number
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
}

/** One or more variables have values that cannot work; the message is one sentence a variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Validates `env`; relative folders are taken from `root` (the checkout). Throws ConfigError naming each bad variable. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, root: string): Config {
  const raw = readVariables(env)
  const host = need(raw.HOST)
  const port = need(raw.PORT)
  const origin = raw.DAXFLEET_ORIGIN ?? `http://${urlHost(host)}:${port}`
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  const allowedHosts = [
    ...new Set([...loopback, new URL(origin).host, ...(raw.DAXFLEET_ALLOWED_HOSTS ?? [])]),
  ]
  return {
    host,
    port,
    dataDir: path.resolve(root, need(raw.DATA_DIR)),
    cacheDir: path.resolve(root, need(raw.CACHE_DIR)),
    databaseUrl: raw.DATABASE_URL,
    databasePoolConnections: need(raw.DATABASE_POOL_CONNECTIONS),
    origin,
    allowedHosts,
    allowedOrigins: [...new Set([origin, ...loopback.map((name) => `http://${name}`)])],
    trustedProxies: raw.DAXFLEET_TRUSTED_PROXIES ?? [],
    oidc: oidcOf(raw),
    workerConcurrency: need(raw.WORKER_CONCURRENCY),
    workerSelector: raw.WORKER_SELECTOR,
    sshConnectSeconds: need(raw.SSH_CONNECT_SECONDS),
    sshCommandSeconds: need(raw.SSH_COMMAND_SECONDS),
    hookSeconds: need(raw.HOOK_SECONDS),
    offlineSeconds: need(raw.OFFLINE_SECONDS),
    sshAuthSock: raw.SSH_AUTH_SOCK,
    hostLeaseSeconds: need(raw.HOST_LEASE_SECONDS),
    unknownDeadlineSeconds: need(raw.UNKNOWN_DEADLINE_SECONDS),
    probeIntervalSeconds: need(raw.PROBE_INTERVAL_SECONDS),
    stuckAfterSeconds: need(raw.STUCK_AFTER_SECONDS),
    watchSeconds: need(raw.WATCH_SECONDS),
    watchMaxHosts: need(raw.WATCH_MAX_HOSTS),
    shutdownSeconds: need(raw.SHUTDOWN_SECONDS),
    logLevel: need(raw.LOG_LEVEL),
  }
}

/** The provider whole or not at all: half of it would be a button that cannot work. */
function oidcOf(raw: Raw): OidcSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = raw
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return null
  if (issuer === undefined || clientId === undefined || clientSecret === undefined)
    throw new ConfigError(
      'OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are set together, or none of them.',
    )
  const { OIDC_ROLE_CLAIM: claim, OIDC_ROLES: byValue } = raw
  if ((claim === undefined) !== (byValue === undefined))
    throw new ConfigError('OIDC_ROLE_CLAIM and OIDC_ROLES are set together, or none of them.')
  return {
    ...{ issuer, clientId, clientSecret, name: need(raw.OIDC_NAME), scopes: need(raw.OIDC_SCOPES) },
    roles: claim === undefined || byValue === undefined ? null : { claim, byValue },
    createsViewers: raw.OIDC_CREATE_VIEWERS === 'yes',
  }
}

let memo: Config | undefined

/** This process's configuration, read once from its environment. Processes are started in the checkout. */
export function config(): Config {
  memo ??= parseConfig(process.env, process.cwd())
  return memo
}

/** Forgets what `config()` remembered, for tests that change the environment. */
export function forgetConfig(): void {
  memo = undefined
}

function readVariables(env: Readonly<Record<string, string | undefined>>): Raw {
  const values: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, { schema, fallback }] of Object.entries(variables)) {
    // An empty value is what `NAME=` in a file or an unset CI variable gives: the same as not set.
    const text = env[name]?.trim() || fallback
    if (text === null) continue
    const result = schema.safeParse(text)
    if (result.success) values[name] = result.data
    else
      faults.push(
        `${name} ${result.error.issues[0]?.message ?? 'is not valid'}, but is ${shown(name, text)}.`,
      )
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return values as Raw
}

/** A database address may hold a password: its value is never repeated, and no secret is. */
function shown(name: string, text: string): string {
  return name === 'DATABASE_URL' || name === 'OIDC_CLIENT_SECRET'
    ? 'something else (not shown, it may hold a password)'
    : JSON.stringify(text)
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a variable with a default came out empty')
  return value
}

/** `::` and `0.0.0.0` are not addresses one can open in a browser: the link says loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
