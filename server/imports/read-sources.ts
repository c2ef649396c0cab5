import { ImportRefusal, type Reading } from './candidate'
import { detectFormat } from './detect-format'
import { readCsv } from './read-csv'
import { readList } from './read-list'
import { type ImportFormat, type ImportRequest, maxImportBytes, maxImportHosts } from './schema'
import { readSshConfig } from './ssh-config/read'

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

function readAs(format: ImportFormat, { sources }: ImportRequest): Reading {
  switch (format) {
    case 'list':
      return readList(sources)
    case 'csv':
      return readCsv(sources)
    case 'ssh_config':
      return readSshConfig(sources)
    default:
      throw new ImportRefusal(`${format} cannot be read yet.`, 'Paste the hosts one a line, or as CSV.')
  }
}
