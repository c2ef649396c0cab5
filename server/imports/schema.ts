import { z } from 'zod'
import { newHostSchema, usernameSchema } from '@/server/hosts/schemas/fields'
import { importFormats, importVerdicts, maxImportBytes, maxImportSources } from './vocabulary'

export const importFormatSchema = z.enum(importFormats)

/** Hosts of one import, whatever a range in it says. */
export const maxImportHosts = 20_000

/** A pasted text or a file, as the person named it; no path of any machine is ever opened. */
export const importSourceSchema = z.object({
  name: z.string().trim().min(1).max(255),
  text: z.string().max(maxImportBytes, 'An import takes 3 MiB at most: split it.'),
})
export type ImportSource = z.infer<typeof importSourceSchema>

/** What of an Ansible inventory becomes labels. Variables are named: an inventory may hold passwords. */
export const ansibleLabelsSchema = z.object({
  variables: z.array(z.string().max(255)).max(200).default([]),
  /** `group/web=yes` for every group a host is in, but `all` and `ungrouped`. */
  groups: z.boolean().default(true),
})
export type AnsibleLabels = z.infer<typeof ansibleLabelsSchema>

export const previewImportInput = z.object({
  sources: z.array(importSourceSchema).min(1).max(maxImportSources),
  /** Null: as it looks. */
  format: importFormatSchema.nullable().default(null),
  /** Where a host names no user. */
  defaultUsername: usernameSchema,
  ansible: ansibleLabelsSchema.default({ variables: [], groups: true }),
})
export type ImportRequest = z.infer<typeof previewImportInput>

export const importVerdictSchema = z.enum(importVerdicts)

export const importRowSchema = z.object({
  /** Name of the source, and the line in it, from 1. */
  source: z.string(),
  line: z.number().int(),
  text: z.string(),
  verdict: importVerdictSchema,
  reason: z.string(),
  host: newHostSchema.nullable(),
  /** The host it is reached through, as it was written; null: directly. */
  jump: z.string().nullable(),
  /** The name of that host, once it was found among the new rows or in the fleet. */
  jumpHost: z.string().nullable(),
})
export type ImportRow = z.infer<typeof importRowSchema>

/** What was read over and why, beside the rows. */
export const importNoticeSchema = z.object({
  source: z.string(),
  line: z.number().int().nullable(),
  message: z.string(),
})
export type ImportNotice = z.infer<typeof importNoticeSchema>

export const importPreviewSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('read'),
    format: importFormatSchema,
    rows: z.array(importRowSchema),
    notices: z.array(importNoticeSchema),
    /** Variables of an Ansible inventory that could become labels, with how many hosts have each. */
    variables: z.array(z.object({ name: z.string(), hosts: z.number().int() })),
    /** Over the new hosts: what is saved must be what was looked at. */
    digest: z.string(),
  }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type ImportPreview = z.infer<typeof importPreviewSchema>

export const saveImportInput = previewImportInput.extend({
  credentialId: z.uuid(),
  digest: z.string().length(64),
})
/** All new hosts are saved, or none. */
export const saveImportOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('added'), hostIds: z.array(z.uuid()) }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type SaveImportOutcome = z.infer<typeof saveImportOutput>
