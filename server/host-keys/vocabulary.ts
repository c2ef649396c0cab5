/** What pages and schemas of host keys share. No validator in here: pages would carry it to every browser. */

export const maxKnownHostsCharacters = 3 * 1024 * 1024

export const keyVerdicts = ['matches', 'differs', 'revoked', 'absent'] as const
export type KeyVerdictName = (typeof keyVerdicts)[number]
