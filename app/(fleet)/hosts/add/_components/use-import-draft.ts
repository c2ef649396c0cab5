'use client'

import { useState } from 'react'
import { plural } from '@/app/_lib/format'
import type { ImportRequest, ImportSource } from '@/server/imports/schema'
import { type ImportFormat, maxImportBytes, maxImportSources } from '@/server/imports/vocabulary'

const PASTED = 'pasted text'

/** What is to be read, before anything is asked of the server. */
export function useImportDraft() {
  const [text, setText] = useState('')
  const [files, setFiles] = useState<readonly ImportSource[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const [format, setFormat] = useState<ImportFormat | null>(null)
  const [username, setUsername] = useState('root')
  const [variables, setVariables] = useState<readonly string[]>([])
  const [groups, setGroups] = useState(true)

  const addFiles = async (chosen: readonly File[]) => {
    const refusal = refusalOf([...files, ...chosen])
    setFault(refusal)
    if (refusal !== null) return
    const read = await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() })))
    const binary = read.find((file) => file.text.includes('\0'))
    if (binary) return setFault(`${binary.name} is no text file.`)
    // The same file once more is the file as it is now.
    setFiles((before) => [
      ...before.filter(({ name }) => !read.some((file) => file.name === name)),
      ...read.toSorted((a, b) => a.name.localeCompare(b.name)),
    ])
  }
  const pasted = text.trim() === '' ? [] : [{ name: PASTED, text }]
  const request: ImportRequest = {
    sources: [...pasted, ...files],
    format,
    defaultUsername: username.trim(),
    ansible: { variables: [...variables], groups },
  }
  return {
    request,
    text,
    setText,
    files,
    addFiles,
    removeFile: (name: string) => setFiles((before) => before.filter((file) => file.name !== name)),
    fault,
    format,
    setFormat,
    username,
    setUsername,
    variables,
    setVariables,
    groups,
    setGroups,
  }
}
export type ImportDraft = ReturnType<typeof useImportDraft>

function refusalOf(files: readonly (File | ImportSource)[]): string | null {
  const bytes = files.reduce((sum, file) => sum + ('size' in file ? file.size : file.text.length), 0)
  if (bytes > maxImportBytes)
    return `These files together are larger than ${maxImportBytes / 1024 / 1024} MiB: import them in parts.`
  return files.length > maxImportSources
    ? `An import takes ${plural(maxImportSources, 'file')} at most.`
    : null
}
