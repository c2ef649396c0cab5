/**
 * A table as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe: names and
 * messages come from hosts and are not to be trusted.
 */
export function toCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return csvRows([header, ...rows])
}

/** Rows of such a table, to be written piece by piece; each ends with a line break. */
export function csvRows(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Hands a table to the browser as a file. */
export function download(name: string, text: string): void {
  saveFile(name, text, 'text/csv')
}

/** Hands a text to the browser as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
