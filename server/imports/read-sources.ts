import { readAnsible } from './ansible/read'
import { ImportRefusal, linesOf, type Reading } from './candidate'
import { detectFormat } from './detect-format'
import { readCsv } from './read-csv'
import { readList } from './read-list'
import { type ImportRequest, type ImportSource, maxImportHosts } from './schema'
import { readSshConfig } from './ssh-config/read'
import { type ImportFormat, maxImportBytes } from './vocabulary'

const maxLineLength = 8_192

/** Reads what was pasted and dropped, in the format named or as it looks. Throws ImportRefusal when it cannot. */
export function readSources(request: ImportRequest): Reading & { format: ImportFormat } {
  const bytes = request.sources.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  if (bytes > maxImportBytes)
    throw new ImportRefusal(
      `The sources together are larger than ${maxImportBytes / 1024 / 1024} MiB.`,
      'Split them, and import one part after another.',
    )
  const format = request.format ?? detectFormat(request.sources)
  const reading = readAs(format, request)
  if (reading.candidates.length > maxImportHosts)
    throw new ImportRefusal(
      `The sources hold ${reading.candidates.length} hosts; an import takes ${maxImportHosts} at most.`,
      'Split them, and import one part after another.',
    )
  return { ...reading, format }
}

function readAs(format: ImportFormat, { sources, ansible }: ImportRequest): Reading {
  if (format === 'list' || format === 'ssh_config' || format === 'ansible_ini') checkLines(sources)
  switch (format) {
    case 'list':
      return readList(sources)
    case 'csv':
      return readCsv(sources)
    case 'ssh_config':
      return readSshConfig(sources)
    case 'ansible_ini':
    case 'ansible_yaml':
      return readAnsible(format, sources, ansible)
  }
}

/** Lines that people write are short; what is matched against one must not take for ever. */
function checkLines(sources: readonly ImportSource[]): void {
  for (const { name, text } of sources) {
    const long = linesOf(text).findIndex((line) => line.length > maxLineLength)
    if (long >= 0)
      throw new ImportRefusal(
        `Line ${long + 1} of ${name} has more than ${maxLineLength} characters.`,
        'Choose another format, or another file.',
      )
  }
}
