/** What pages and schemas of imports share. No validator in here: pages would carry it to every browser. */

export const importFormats = ['list', 'csv', 'ssh_config', 'ansible_ini', 'ansible_yaml'] as const
export type ImportFormat = (typeof importFormats)[number]

export const importVerdicts = ['new', 'duplicate', 'conflict', 'invalid'] as const
export type ImportVerdict = (typeof importVerdicts)[number]

/**
 * In UTF-8, over all sources: below what a request may hold (server/edge/guard.ts) with room for JSON's escapes; fifteen
 * thousand lines of two hundred bytes.
 */
export const maxImportBytes = 3 * 1024 * 1024
export const maxImportSources = 100
