const NEWLINE = 10
const SPACE = 32
const DELETE = 127

/** The text with each control character replaced: nothing in it moves a cursor, or ends what it stands in. */
export function withoutControls(text: string, by: string, keepNewlines = false): string {
  let plain = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const isControl = code < SPACE || (code >= DELETE && code < 160)
    plain += isControl && !(keepNewlines && code === NEWLINE) ? by : text.charAt(i)
  }
  return plain
}
