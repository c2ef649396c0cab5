import { toCsv } from '@/app/_lib/csv'
import type { ImportRow } from '@/server/imports/schema'

/** What is left out, with its reason; mended, the same file can be imported: other columns are passed over. */
export function rejectedCsv(rows: readonly ImportRow[]): string {
  return toCsv(
    ['source', 'line', 'verdict', 'reason', 'name', 'address', 'port', 'user', 'labels', 'jump_host', 'text'],
    rows.map(({ source, line, verdict, reason, host, jump, text }) => [
      source,
      String(line),
      verdict,
      reason,
      host?.name ?? '',
      host?.address ?? '',
      host ? String(host.port) : '',
      host?.username ?? '',
      labelWords(host?.labels ?? {}),
      jump ?? '',
      text,
    ]),
  )
}

export function labelWords(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}
