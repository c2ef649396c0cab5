import type { Host } from '../host'
import { idsOf } from '../lib/spans'
import type { BlockSpan } from '../protocol'

const WRITABLE = /^\/sys\/bus\/dax\/drivers\/(kmem|device_dax)\/(new_id|remove_id|bind|unbind)$/
const BLOCKS = '/sys/devices/system/memory/memory{block}/state'
const NAME = /^dax[0-9]+\.[0-9]+$/
const EINVAL = 22

/** `agent write PATH VALUE`: one write(2); its errno is the exit status. Only the files of a conversion. */
export async function writeChild(host: Host, path: string, value: string): Promise<number> {
  if (!WRITABLE.test(path) || !NAME.test(value)) return EINVAL
  return host.writeOnce(path, value)
}

function isSpans(value: unknown): value is BlockSpan[] {
  return (
    Array.isArray(value) &&
    value.every(
      (span) => Array.isArray(span) && span.length === 2 && span.every((id) => Number.isSafeInteger(id)),
    )
  )
}

/** `agent write-blocks PATH VALUE SPANS`: writes to each block, prints [block, errno] of those that failed. */
export async function writeBlocksChild(
  host: Host,
  path: string,
  value: string,
  spans: string,
): Promise<number> {
  const parsed: unknown = JSON.parse(spans)
  if (path !== BLOCKS || !/^online(_movable|_kernel)?$/.test(value) || !isSpans(parsed)) return EINVAL
  const failures: [block: number, errno: number][] = []
  for (const id of idsOf(parsed)) {
    const errno = await host.writeOnce(path.replace('{block}', String(id)), value)
    if (errno !== 0) failures.push([id, errno])
  }
  await host.out(JSON.stringify(failures))
  return 0
}
