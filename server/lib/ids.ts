import { randomBytes } from 'node:crypto'
import os from 'node:os'

/** A name no other worker process has or had: host name and pid for people, randomness for uniqueness. */
export function newHolderId(): string {
  return `${os.hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`
}
