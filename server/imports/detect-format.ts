import { ImportRefusal } from './candidate'
import type { ImportSource } from './schema'
import type { ImportFormat } from './vocabulary'

/** As far as this is looked at: a format shows early. */
const lookedAt = 20_000

/** The format of all sources. Files for an Include of ssh_config need not look like anything by themselves. */
export function detectFormat(sources: readonly ImportSource[]): ImportFormat {
  const formats = new Set(sources.map(formatOf))
  if (formats.has('ssh_config')) return 'ssh_config'
  const [format, other] = formats
  if (format === undefined) return 'list'
  if (other !== undefined)
    throw new ImportRefusal(
      'The sources look like different formats.',
      'Choose the format, or import them one after another.',
    )
  return format
}

function formatOf({ name, text }: ImportSource): ImportFormat {
  const head = text.slice(0, lookedAt).replace(/^\uFEFF/, '')
  if (/\.(csv|tsv)$/i.test(name)) return 'csv'
  if (/\.ya?ml$/i.test(name)) return 'ansible_yaml'
  if (/\.(ini|cfg)$/i.test(name)) return 'ansible_ini'
  if (/^[ \t]*(Host|Match)[ \t=]+\S/im.test(head)) return 'ssh_config'
  if (/^---[ \t]*$/m.test(head) || /^[ \t]+(hosts|children|vars)[ \t]*:/m.test(head)) return 'ansible_yaml'
  if (/^\[[^\]\s]+\][ \t]*(#.*)?$/m.test(head) || /\sansible_[a-z_]+[ \t]*=/.test(head)) return 'ansible_ini'
  const [first = ''] = head.split(/[\r\n]/, 1)
  const titles = first.split(/[,;\t]/).map((title) => title.replaceAll(/[\s"]/g, '').toLowerCase())
  if (titles.length > 1 && titles.some((title) => /^(name|host|hostname|address|ip)$/.test(title)))
    return 'csv'
  return 'list'
}
