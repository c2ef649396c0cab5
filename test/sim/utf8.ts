const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** As agents/lib/utf8, by what Node has. */
export const encodeUtf8 = (text: string): Uint8Array => encoder.encode(text)
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)
