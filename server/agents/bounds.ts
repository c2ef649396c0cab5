import { z } from 'zod'
import { storableText } from '@/server/hosts/untrusted'

/** The plain values that a host's answers are made of, each bounded: a host is untrusted. */

/** Text of a host in a form that Postgres has. */
export const told = (least: number, most: number) => z.string().min(least).max(most).transform(storableText)
export const text = told(0, 2_000)
export const word = told(0, 300)
export const decimal = z
  .string()
  .regex(/^\d{1,20}$/)
  .refine((digits) => BigInt(digits) < 1n << 64n, 'does not fit in 64 bits')
/** Blocks and nodes are small numbers: 52 bits of address space hold 2^25 blocks of 128 MiB, the smallest there are. */
export const id = z
  .number()
  .int()
  .min(0)
  .max(2 ** 25)
export const milliseconds = z.number().min(0).max(1e12)
/** More devices, nodes or runs than any machine has. */
export const manyItems = 4_096
export const manyBlocks = 262_144
