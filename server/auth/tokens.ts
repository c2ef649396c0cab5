import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits for a link: nobody guesses it, so no slow hash is needed to keep it. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What the database keeps of a token, in hex: it cannot be turned back into a link. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Long enough to walk to another machine, short enough not to lie around. */
const linkMinutes = 10

export function linkExpiry(): Date {
  return new Date(Date.now() + linkMinutes * 60_000)
}
