export type DomainErrorCode = 'not_found' | 'conflict' | 'invalid' | 'forbidden' | 'too_many' | 'unavailable'

/**
 * Something a caller asked for cannot be, and the person may be told why. Knows nothing of HTTP: the table in
 * server/trpc/errors.ts does. Expected outcomes of a verb are tagged unions, not this.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  constructor(
    readonly code: DomainErrorCode,
    message: string,
    /** The one next action; empty when there is none. */
    readonly next = '',
  ) {
    super(message)
  }
}

/** The thing was removed, or never was. */
export function notFound(what: string): DomainError {
  return new DomainError('not_found', `This ${what} does not exist (any more).`, 'Reload the page.')
}
