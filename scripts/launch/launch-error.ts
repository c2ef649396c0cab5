/** Something the person who starts Daxfleet must put right; the message is one sentence with the next action. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
}

/** The `code` of a Node or Postgres error, where it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What an unknown thrown value says about itself, on one line. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0])
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
}
