import { z } from 'zod'
import { deviceStates, hostStandings, hostStates } from '../vocabulary'

/** `[user@]address[:port]` without brackets for IPv6; checked again by the SSH layer. */
export const addressSchema = z
  .string()
  .trim()
  .min(1, 'Enter an address.')
  .max(253, 'An address has at most 253 characters.')
  .regex(/^[A-Za-z0-9._:%-]+$/, 'An address is a host name or an IP address.')

export const usernameSchema = z
  .string()
  .trim()
  .regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, 'A user name is letters, digits, dot, dash and underscore.')

export const portSchema = z.number().int().min(1).max(65535)

export const labelKeySchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_./-]{0,62}$/, 'A label key starts with a letter.')

export const labelValueSchema = z.string().max(255, 'A label has at most 255 characters.')

export const labelsSchema = z.record(labelKeySchema, labelValueSchema)

export const hostNameSchema = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    'A host name is letters, digits, dots and dashes.',
  )

export const hostStateSchema = z.enum(hostStates)

export const hostStandingSchema = z.enum(hostStandings)

export const deviceStateSchema = z.enum(deviceStates)

/** One host to add; an import is read into these, with a verdict a row (server/imports). */
export const newHostSchema = z.object({
  name: hostNameSchema,
  address: addressSchema,
  port: portSchema.default(22),
  username: usernameSchema,
  labels: labelsSchema.default({}),
})
export type NewHost = z.infer<typeof newHostSchema>
