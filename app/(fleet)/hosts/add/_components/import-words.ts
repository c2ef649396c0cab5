import type { Mark } from '@/app/_lib/states'
import type { ImportFormat, ImportVerdict } from '@/server/imports/vocabulary'

export const VERDICT_MARKS: Record<ImportVerdict, Mark> = {
  new: { tone: 'ok', word: 'New' },
  duplicate: { tone: 'skip', word: 'Known' },
  conflict: { tone: 'warn', word: 'Conflict' },
  invalid: { tone: 'fail', word: 'Not a host' },
}

export const FORMAT_WORDS: Record<ImportFormat, string> = {
  list: 'one host a line',
  csv: 'CSV',
  ssh_config: 'ssh_config',
  ansible_ini: 'Ansible inventory (INI)',
  ansible_yaml: 'Ansible inventory (YAML)',
}
