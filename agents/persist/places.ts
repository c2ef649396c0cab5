import { PROGRAM_NAME } from './unit'

/** Fixed places: nothing that a server sends names a file of the host. */
export const PERSIST = '/etc/daxfleet/persist.d'
/** Root's own, and never the account's: what systemd runs as root at each start. */
export const PROGRAM = `/usr/local/libexec/daxfleet/${PROGRAM_NAME}`
const UNITS = '/etc/systemd/system'
const UNIT_NAME = 'daxfleet-boot.service'
export const UNIT = `${UNITS}/${UNIT_NAME}`
export const LINK = `${UNITS}/multi-user.target.wants/${UNIT_NAME}`

const ENTRY = /^\/etc\/daxfleet\/persist\.d\/[0-9a-f]{32}\.json$/

export const isEntry = (path: string): boolean => ENTRY.test(path)

/** Where a device's file lies: told by its identity, so that none has two. `digest` is SHA-256 of that. */
export const entryPath = (digest: string): string => `${PERSIST}/${digest.slice(0, 32)}.json`
