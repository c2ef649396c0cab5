import { dramBytes } from '@/app/_components/tier-bar'
import { download, toCsv } from '@/app/_lib/csv'
import { standingWords } from '@/app/_lib/device-words'
import { hostMark } from '@/app/_lib/states'
import type { HostRow } from '@/server/hosts/schemas/row'

const HEADER = [
  'name',
  'address',
  'port',
  'user',
  'labels',
  'state',
  'message',
  'kernel',
  'memory_bytes',
  'dram_bytes',
  'pmem_bytes',
  'cxl_bytes',
  'hbm_bytes',
  'convertible_bytes',
  'convertible_devices',
  'last_seen',
]

/** Every host given, every column, bytes exact: the table's twin for a spreadsheet. */
export function exportHosts(hosts: readonly HostRow[]): void {
  const rows = hosts.map((host) => [
    host.name,
    host.address,
    String(host.port),
    host.username,
    Object.entries(host.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
    hostMark(host).word,
    standingWords(host),
    host.kernelRelease ?? '',
    host.memTotalBytes?.toString() ?? '',
    dramBytes(host).toString(),
    host.pmemOnlineBytes.toString(),
    host.cxlOnlineBytes.toString(),
    host.hmemOnlineBytes.toString(),
    host.convertibleBytes.toString(),
    String(host.convertibleDevices),
    host.lastSeenAt?.toISOString() ?? '',
  ])
  download('daxfleet-hosts.csv', toCsv(HEADER, rows))
}
