import {
  type AgentReply,
  type AgentRequest,
  AUTO_ONLINE_POLICIES,
  type AutoOnlinePolicy,
  type BlockSpan,
  type FencingToken,
  type HealthPolicy,
  OFFLINE_SECONDS,
  ON_PARTIAL,
  type PlanItem,
  PROTOCOL_VERSION,
  type RequestParams,
  type RestoreItem,
  RULED_FACTS,
  SHARE_ZONES,
  type ShareQuestion,
  type ShareZone,
  VERBS,
  ZONES,
  type Zone,
} from './protocol'

type ErrorReply = Extract<AgentReply, { type: 'error' }>
type Parsed = { request: AgentRequest } | { error: ErrorReply }

export const JOB_ID = /^[a-z0-9-]{1,64}$/
const DIGEST = /^[0-9a-f]{64}$/
/** More blocks than any host has, and more spans of them than anybody names. */
const MOST_BLOCKS = 2 ** 22
const MOST_SPANS = 65_536
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/

const failed = (code: ErrorReply['code'], message: string, next: string): Parsed => ({
  error: { type: 'error', code, message, next },
})

const JOB_ID_WORDS = 'jobId, 1 to 64 of a-z, 0-9 and -'
const TOKEN_WORDS = 'token with installationId and a decimal epoch'
const LINE_WORDS = 'fromLine, a whole number from 1'

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown, limit: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= limit
const isDecimal = (value: unknown): value is string => typeof value === 'string' && DECIMAL.test(value)
const isJobId = (value: unknown): value is string => isText(value, 64) && JOB_ID.test(value)
const isCountFromOne = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
const isAutoOnline = (value: unknown): value is AutoOnlinePolicy =>
  AUTO_ONLINE_POLICIES.some((policy) => policy === value)
const isShareZone = (value: unknown): value is ShareZone => SHARE_ZONES.some((zone) => zone === value)
const isZone = (value: unknown): value is Zone => ZONES.some((zone) => zone === value)

function isToken(value: unknown): value is FencingToken {
  return isObject(value) && isText(value.installationId, 128) && isDecimal(value.epoch)
}

/**
 * Only what is used before the digest is compared is checked here: an item whose digest equals that of the plan
 * made afresh under the lock is that plan, to the letter; any other is refused.
 */
function isItem(value: unknown): value is PlanItem {
  if (!isObject(value) || value.version !== 1) return false
  const { invariants, preconditions } = value
  if (!isObject(invariants) || !isObject(preconditions) || !isObject(value.prediction)) return false
  if (!Array.isArray(value.writes) || !Array.isArray(value.recovery)) return false
  const isDevices =
    isText(invariants.deviceId, 1024) &&
    isText(invariants.bootId, 64) &&
    typeof invariants.machineId === 'string' &&
    typeof invariants.dmiUuid === 'string' &&
    isText(preconditions.daxName, 64)
  if (value.kind === 'persist' || value.kind === 'unpersist') return isFiles(value, invariants)
  if (!isDevices) return false
  const { health } = value
  const isJudged = health === undefined || (isObject(health) && isHealthPolicy(health.policy))
  if (value.kind === 'convert') {
    return isJudged && isZone(invariants.zone) && typeof preconditions.kmem === 'string'
  }
  if (!Array.isArray(preconditions.blocks)) return false
  if (value.kind === 'restore') return isPolicy(value.policy)
  if (!isObject(value.share) || !isSpans(value.share.blocks)) return false
  if (value.share.askedBytes !== null && !isDecimal(value.share.askedBytes)) return false
  return value.kind === 'online'
    ? isJudged && isShareZone(invariants.zone)
    : value.kind === 'offline' && isPolicy(value.policy)
}

/** A device that is gone has no name any more. */
function isFiles({ files, zone, kind }: Fields, { deviceId, bootId }: Fields): boolean {
  const isDevices = isText(deviceId, 1024) && isText(bootId, 64)
  return isDevices && Array.isArray(files) && (kind === 'persist' ? isZone(zone) : zone === null)
}

const isSpans = (value: unknown): value is BlockSpan[] =>
  Array.isArray(value) && value.length <= MOST_SPANS && value.every(isSpan)
function isSpan(value: unknown): value is BlockSpan {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [first, last]: unknown[] = value
  return isBlockId(first) && isBlockId(last) && first <= last
}
const isBlockId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MOST_BLOCKS

const isSeconds = (value: unknown): value is number => isCountFromOne(value) && value <= 3600

function isPolicy(value: unknown): value is RestoreItem['policy'] {
  return (
    isObject(value) &&
    isDecimal(value.floorBytes) &&
    ON_PARTIAL.some((known) => known === value.onPartial) &&
    isSeconds(value.offlineSeconds) &&
    (value.kernelZone === 'refuse' || value.kernelZone === 'try')
  )
}

/** So many bytes, or named blocks; never both. */
function parseShare({ shareBytes, blocks }: Fields): ShareQuestion | string {
  if (isDecimal(shareBytes) && blocks === undefined) return { shareBytes }
  if (isSpans(blocks) && blocks.length > 0 && shareBytes === undefined) return { blocks }
  return 'a plan of a share needs shareBytes, a decimal number of bytes, or blocks, spans of block ids'
}

const isThreshold = (value: unknown) =>
  value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)

function isHealthPolicy(value: unknown): value is HealthPolicy {
  if (!isObject(value) || Object.keys(value).length !== RULED_FACTS.length) return false
  return RULED_FACTS.every((fact) => {
    const rule = value[fact]
    return (
      isObject(rule) &&
      Object.keys(rule).length === 2 &&
      isThreshold(rule.warnAt) &&
      isThreshold(rule.blockAt)
    )
  })
}

/** The policy that health is judged by, if there is one; or what is wrong with it. */
function parseHealth({ health }: Fields): { health?: HealthPolicy } | string {
  if (health === undefined) return {}
  return isHealthPolicy(health)
    ? { health }
    : `plan takes health, warnAt and blockAt of each of ${RULED_FACTS.join(', ')}`
}

/** The question of a plan, or what is wrong with it. */
function parseQuestion(params: Fields): RequestParams['plan'] | string {
  const { kind = 'convert', deviceId, zone, reservedBytes, hookSeconds } = params
  if (!isText(deviceId, 1024)) return 'plan needs deviceId, a text of at most 1024 characters'
  if (kind === 'unpersist') return { kind, deviceId }
  if (kind === 'persist')
    return isZone(zone) ? { kind, deviceId, zone } : `plan needs zone, one of ${ZONES.join(', ')}`
  if (!isDecimal(reservedBytes)) return 'plan needs reservedBytes, a decimal number of bytes'
  if (hookSeconds !== undefined && !isSeconds(hookSeconds))
    return 'plan takes hookSeconds, a whole number from 1 to 3600'
  const asked = { deviceId, reservedBytes, ...(hookSeconds === undefined ? {} : { hookSeconds }) }
  if (kind === 'convert') {
    if (!isZone(zone)) return `plan needs zone, one of ${ZONES.join(', ')}`
    const health = parseHealth(params)
    return typeof health === 'string' ? health : { ...asked, zone, ...health }
  }
  if (kind !== 'restore' && kind !== 'online' && kind !== 'offline')
    return 'plan takes kind, convert, restore, online, offline, persist or unpersist'
  const share = kind === 'restore' ? {} : parseShare(params)
  if (typeof share === 'string') return share
  if (kind === 'online') {
    if (!isShareZone(zone)) return `plan needs zone, one of ${SHARE_ZONES.join(', ')}`
    const health = parseHealth(params)
    return typeof health === 'string'
      ? health
      : { kind, ...asked, ...(share as ShareQuestion), zone, ...health }
  }
  const { floorBytes, onPartial, offlineSeconds = OFFLINE_SECONDS, kernelZone = 'refuse' } = params
  const policy = { floorBytes, onPartial, offlineSeconds, kernelZone }
  if (isPolicy(policy)) {
    return kind === 'restore'
      ? { kind, ...asked, ...policy }
      : { kind, ...asked, ...(share as ShareQuestion), ...policy }
  }
  return 'a plan of restore or offline needs floorBytes, onPartial (roll_back or leave), offlineSeconds from 1 to 3600 and kernelZone (refuse or try)'
}

function parseParams(verb: (typeof VERBS)[number], params: Fields): AgentRequest | string {
  const protocol = PROTOCOL_VERSION
  switch (verb) {
    case 'version':
    case 'inspect':
      return { protocol, verb, params: {} }
    case 'plan': {
      const question = parseQuestion(params)
      return typeof question === 'string' ? question : { protocol, verb, params: question }
    }
    case 'convert':
    case 'restore':
    case 'online':
    case 'offline':
    case 'persist':
    case 'unpersist':
    case 'recover': {
      const { jobId, token, item, digest, fromLine } = params
      if (!isJobId(jobId)) return `${verb} needs ${JOB_ID_WORDS}`
      if (!isToken(token)) return `${verb} needs ${TOKEN_WORDS}`
      if (!isText(digest, 64) || !DIGEST.test(digest)) return `${verb} needs digest, 64 hex digits`
      if (!isItem(item)) return `${verb} needs item, a plan item of version 1`
      if (verb !== 'recover') {
        return item.kind === verb
          ? { protocol, verb, params: { jobId, token, item, digest } }
          : `${verb} needs an item of its own kind`
      }
      if (!isCountFromOne(fromLine)) return `${verb} needs ${LINE_WORDS}`
      return { protocol, verb, params: { jobId, token, item, digest, fromLine } }
    }
    case 'attach': {
      const { jobId, fromLine } = params
      if (!isJobId(jobId)) return `attach needs ${JOB_ID_WORDS}`
      if (!isCountFromOne(fromLine)) return `attach needs ${LINE_WORDS}`
      return { protocol, verb, params: { jobId, fromLine } }
    }
    case 'fence': {
      const { token } = params
      return isToken(token) ? { protocol, verb, params: { token } } : `fence needs ${TOKEN_WORDS}`
    }
    case 'abort': {
      const { jobId, token } = params
      if (!isJobId(jobId)) return `abort needs ${JOB_ID_WORDS}`
      if (!isToken(token)) return `abort needs ${TOKEN_WORDS}`
      return { protocol, verb, params: { jobId, token } }
    }
    case 'adopt': {
      const { token, from } = params
      if (!isToken(token)) return `adopt needs ${TOKEN_WORDS}`
      if (from !== 'unreadable' && !isToken(from)) return 'adopt needs from, a token or "unreadable"'
      return { protocol, verb, params: { token, from } }
    }
    case 'policy': {
      const { token, bootId, from, to } = params
      if (!isToken(token)) return `policy needs ${TOKEN_WORDS}`
      if (!isText(bootId, 64)) return 'policy needs bootId'
      if (!isAutoOnline(from) || !isAutoOnline(to))
        return `policy needs from and to, each one of ${AUTO_ONLINE_POLICIES.join(', ')}`
      return { protocol, verb, params: { token, bootId, from, to } }
    }
    case 'watch': {
      const { everyMs } = params
      const isWhole = typeof everyMs === 'number' && Number.isSafeInteger(everyMs)
      if (!isWhole || everyMs < 100 || everyMs > 86_400_000)
        return 'watch needs everyMs, a whole number from 100 to 86400000'
      return { protocol, verb, params: { everyMs } }
    }
  }
}

/** Reads a request line. Whatever is wrong with it is said in one sentence; nothing of it is guessed. */
export function parseRequest(line: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return failed(
      'bad_request',
      'The request is not a line of JSON.',
      'Send one JSON object on the first line of stdin.',
    )
  }
  if (!isObject(value)) {
    return failed(
      'bad_request',
      'The request is not a JSON object.',
      'Send one JSON object on the first line of stdin.',
    )
  }
  if (value.protocol !== PROTOCOL_VERSION) {
    return failed(
      'protocol_mismatch',
      `This agent speaks protocol ${PROTOCOL_VERSION}, the request ${String(value.protocol).slice(0, 20)}.`,
      'Let the server push the agent that belongs to it.',
    )
  }
  const verb = VERBS.find((known) => known === value.verb)
  if (verb === undefined) {
    const asked = String(value.verb).slice(0, 40)
    const next = `Use one of ${VERBS.join(', ')}.`
    return failed('unknown_verb', `This agent knows no verb ${asked}.`, next)
  }
  const parsed = parseParams(verb, isObject(value.params) ? value.params : {})
  if (typeof parsed === 'string')
    return failed('bad_request', `${parsed}.`, 'Correct the request and send it again.')
  return { request: parsed }
}
