import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '@/scripts/launch/migrate'
import { createTestDatabase, type TestDatabase } from '@/test/support/database'

describe('migrations', () => {
  let database: TestDatabase
  let folder: string

  beforeAll(async () => {
    database = await createTestDatabase()
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'migrations '))
    await query('DROP TABLE _prisma_migrations')
    add('1_plants', 'CREATE TABLE plant (id int); CREATE TABLE pot (id int);')
    add('2_seeds', `DO $$ BEGIN INSERT INTO plant VALUES (1); END $$;`)
  })
  afterAll(async () => {
    fs.rmSync(folder, { recursive: true })
    await database.drop()
  })

  it('are applied once, in order, however many start at the same time', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, folder)))
    expect(applied.flat()).toEqual(['1_plants', '2_seeds'])
    expect(await query('SELECT count(*)::int AS count FROM plant')).toEqual([{ count: 1 }])
    expect(await migrate(database.url, folder)).toEqual([])
  })

  it('leave nothing behind when they fail, and can be tried again', async () => {
    add('3_wrong', 'CREATE TABLE half (id int); SELECT * FROM nowhere;')
    await expect(migrate(database.url, folder)).rejects.toThrow(
      /Migration 3_wrong failed and was undone: relation "nowhere" does not exist/,
    )
    expect(await query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
    add('3_wrong', 'CREATE TABLE half (id int)')
    expect(await migrate(database.url, folder)).toEqual(['3_wrong'])
  })

  it('are refused when one was changed after it was applied', async () => {
    add('1_plants', 'CREATE TABLE tree (id int)')
    await expect(migrate(database.url, folder)).rejects.toThrow(/Migration 1_plants was changed after/)
    add('1_plants', 'CREATE TABLE plant (id int); CREATE TABLE pot (id int);')
  })

  it('are refused on a database of a newer version, and after one that never ended', async () => {
    const insert = 'INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)'
    await query(insert, [randomUUID(), 'x', '9_future'])
    await expect(migrate(database.url, folder)).rejects.toThrow(
      /has migration 9_future, which this Daxfleet does not know/,
    )
    add('9_future', 'SELECT 1')
    await expect(migrate(database.url, folder)).rejects.toThrow(
      /9_future began on this database and never ended/,
    )
  })

  function add(name: string, sql: string): void {
    fs.mkdirSync(path.join(folder, name), { recursive: true })
    fs.writeFileSync(path.join(folder, name, 'migration.sql'), sql)
  }

  async function query(text: string, values: unknown[] = []): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      return (await client.query(text, values)).rows
    } finally {
      await client.end()
    }
  }
})
