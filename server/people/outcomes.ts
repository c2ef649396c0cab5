/** A no, with the one next action. */
export function refused(message: string, next: string): { type: 'refused'; message: string; next: string } {
  return { type: 'refused', message, next }
}
