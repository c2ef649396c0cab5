import { toWire } from './wire'

/** What programs may rely on: these never change their meaning. docs/api.md lists them. */
export const problemCodes = {
  unauthenticated: 401,
  forbidden: 403,
  invalid: 400,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  /** The answer is no, for a reason that holds now. */
  refused: 409,
  idempotency_in_progress: 409,
  length_required: 411,
  too_large: 413,
  not_json: 415,
  misdirected: 421,
  idempotency_key_reused: 422,
  too_many: 429,
  internal: 500,
  unavailable: 503,
} as const
export type ProblemCode = keyof typeof problemCodes

const titles: Record<ProblemCode, string> = {
  unauthenticated: 'A valid token is needed',
  forbidden: 'Not allowed',
  invalid: 'The request is not valid',
  not_found: 'There is nothing here',
  method_not_allowed: 'Not with this method',
  conflict: 'In conflict with what is there',
  refused: 'Refused',
  idempotency_in_progress: 'The first request with this key has not been answered',
  length_required: 'The length of the body is missing',
  too_large: 'The body is too large',
  not_json: 'The body is not JSON',
  misdirected: 'Not by this name',
  idempotency_key_reused: 'The key was used for another request',
  too_many: 'Too many requests',
  internal: 'Something went wrong inside Daxfleet',
  unavailable: 'Not available now',
}

export interface ProblemParts {
  detail: string
  /** The one next action; empty when there is none. */
  next?: string
  /** The fault of each field of the input, by its path. */
  fields?: Record<string, string>
  /** The outcome as the procedure tells it, where it is more than a sentence. */
  outcome?: unknown
}

/** An answer before it is put on the wire, so that it can be kept for whoever asks again. */
export interface RestAnswer {
  status: number
  type: 'application/json' | 'application/problem+json'
  body: string
  headers?: Record<string, string>
}

/** RFC 9457, with a stable `code` and the next action. */
export function problem(
  code: ProblemCode,
  parts: ProblemParts,
  headers: Record<string, string> = {},
): RestAnswer {
  const { detail, next = '', fields = {}, outcome } = parts
  const status = problemCodes[code]
  const about = outcome === undefined ? {} : { outcome }
  const body = { type: 'about:blank', title: titles[code], status, code, detail, next, fields, ...about }
  return { status, type: 'application/problem+json', body: toWire(body), headers }
}

export function problemCode(text: string): ProblemCode {
  return Object.hasOwn(problemCodes, text) ? (text as ProblemCode) : 'internal'
}
