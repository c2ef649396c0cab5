import type { ImportNotice } from './schema'

/** A host as a source describes it, nothing checked yet. */
export interface HostDraft {
  name: string
  address: string
  /** Text where the source has text: what is no port is told in words. */
  port: number | string | null
  /** Null: the one given for all. */
  username: string | null
  labels: Record<string, string>
}

/** One host of a source, or the sentence that says why its line is none. */
export interface Candidate {
  source: string
  line: number
  text: string
  draft: HostDraft | string
  /** What it is reached through, as written. */
  jump: string | null
}

/** What a reader of one format makes of the sources. */
export interface Reading {
  candidates: Candidate[]
  notices: ImportNotice[]
  variables: { name: string; hosts: number }[]
}

/** The sources as a whole cannot be read; `next` is what the person can do. */
export class ImportRefusal extends Error {
  readonly next: string
  constructor(message: string, next: string) {
    super(message)
    this.name = 'ImportRefusal'
    this.next = next
  }
}

/** Of a line, as much as a row shows. */
export function excerpt(line: string): string {
  return line.trim().slice(0, 500)
}

export function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
}
