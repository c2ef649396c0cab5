import { fileURLToPath } from 'node:url'
import { placeProgram } from './guest-program'
import type { Guest } from './guests'

const SOURCE = fileURLToPath(new URL('./page-holder/page-holder.c', import.meta.url))
const ON_GUEST = '/run/page-holder'

/** A process with so much memory on the node, locked there or pinned. Resolves once it holds it. */
export async function holdPages(
  guest: Guest,
  { node, mib, how }: { node: number; mib: number; how: 'lock' | 'pin' },
): Promise<{ pid: number; release: () => Promise<void> }> {
  await placeProgram(guest, SOURCE, ON_GUEST)
  const said = `/run/page-holder.${how}.said`
  // Its end is waited for as well: it would say why.
  const begin = `rm -f ${said}; ${ON_GUEST} ${node} ${mib} ${how} > ${said} 2>&1 & pid=$!
until grep -q holding ${said}; do kill -0 $pid 2>/dev/null || { cat ${said}; exit 1; }; sleep 0.1; done; echo $pid`
  const pid = Number((await guest.text(['sh', '-c', begin])).trim().split('\n').at(-1))
  const end = 'kill -9 "$0"; while kill -0 "$0" 2>/dev/null; do sleep 0.1; done'
  return { pid, release: async () => void (await guest.text(['sh', '-c', end, String(pid)])) }
}
