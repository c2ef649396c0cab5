import type { Host } from '../host'
import type { Inspection } from '../protocol'
import { exists, list, readOptional } from './files'

/** Earlier folders win over later ones for a file of the same name, as udev has it. */
const RULE_FOLDERS = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d']

export interface AutoOnline {
  report: Inspection['autoOnline']
  /** Rules act only while udevd runs. */
  udevRunning: boolean
}

/** Rules that write a memory block's state, found by what they assign: `ATTR{state}="online…"`. */
async function readUdevRules(host: Host): Promise<{ file: string; line: string }[]> {
  const seen = new Set<string>()
  const rules: { file: string; line: string }[] = []
  for (const folder of RULE_FOLDERS) {
    for (const name of await list(host, folder)) {
      if (!name.endsWith('.rules') || seen.has(name)) continue
      seen.add(name)
      const text = (await readOptional(host, `${folder}/${name}`, 1024 * 1024)) ?? ''
      if (!text.includes('memory')) continue
      for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
        if (/^\s*#/.test(line) || !/SUBSYSTEM==\s*"memory"/.test(line)) continue
        if (stateWritten(line) !== null || /(RUN|PROGRAM)\b.*(online|memory)/.test(line)) {
          rules.push({ file: `${folder}/${name}`, line: line.trim() })
        }
      }
    }
  }
  return rules
}

/** What a rule writes to a block's state; null when it writes none itself. */
export function stateWritten(rule: string): string | null {
  return /ATTR\{state\}\s*=\s*"(online\w*)"/.exec(rule)?.[1] ?? null
}

export async function readAutoOnline(host: Host): Promise<AutoOnline> {
  const commandLine = (await readOptional(host, '/proc/cmdline')) ?? ''
  return {
    report: {
      policy: (await readOptional(host, '/sys/devices/system/memory/auto_online_blocks')) ?? 'unknown',
      bootParameter: /(?:^|\s)memhp_default_state=(\S+)/.exec(commandLine)?.[1] ?? null,
      udevRules: await readUdevRules(host),
    },
    udevRunning: await exists(host, '/run/udev/control'),
  }
}
