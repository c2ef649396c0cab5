import { randomUUID } from 'node:crypto'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import { DomainError, type DomainErrorCode } from '@/server/lib/domain-error'

/** The one table from domain errors to the transport; tRPC derives the HTTP status from its code. */
const transportCodes: Record<DomainErrorCode, TRPCError['code']> = {
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  invalid: 'BAD_REQUEST',
  forbidden: 'FORBIDDEN',
  too_many: 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
}

/** A domain error in the transport's words; anything else comes back as it was. */
export function toTransportError(error: TRPCError): TRPCError {
  const { cause } = error
  if (!(cause instanceof DomainError)) return error
  return new TRPCError({ code: transportCodes[cause.code], message: cause.message, cause })
}

/** What a person is told of an error: one sentence, the next action, and for forms the fault of each field. */
export interface PublicError {
  message: string
  next: string
  fields: Record<string, string>
}

/** Text of our own making goes out; text of an unexpected error stays in the log, under the incident's id. */
export function publicError(error: TRPCError): PublicError {
  const { cause } = error
  if (cause instanceof DomainError) return { message: cause.message, next: cause.next, fields: {} }
  if (error.code === 'BAD_REQUEST' && cause instanceof ZodError) return faultsOfInput(cause)
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    return {
      message: 'Something went wrong inside Daxfleet; nothing more is known here.',
      next: `Look for incident ${incidentOf(error)} in the web server's log.`,
      fields: {},
    }
  }
  return { message: error.message, next: '', fields: {} }
}

const incidents = new WeakMap<object, string>()

/** The id under which an unexpected error is logged and told. */
export function incidentOf(error: object): string {
  const known = incidents.get(error)
  if (known !== undefined) return known
  const id = randomUUID()
  incidents.set(error, id)
  return id
}

function faultsOfInput(error: ZodError): PublicError {
  const fields: Record<string, string> = {}
  for (const issue of error.issues) fields[issue.path.join('.')] ??= issue.message
  const [field = '', message = 'The request is not valid.'] = Object.entries(fields)[0] ?? []
  return { message: field === '' ? message : `${field}: ${message}`, next: '', fields }
}
