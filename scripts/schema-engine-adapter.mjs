import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

/**
 * The Postgres adapter, made fit for migrations. The official one was made for queries and lacks three things here:
 * 1. "char" (type 18, all over pg_catalog) is unknown to it: reported as bpchar, then named a character column;
 * 2. executeScript() cuts at every semicolon, which breaks functions, DO blocks and literals: scripts go whole;
 * 3. connectToShadowDb() drops the shadow database before it closes its own connections to it.
 */
export class MigrationPg extends PrismaPg {
  #connection

  /** @param {import('pg').PoolConfig} connection */
  constructor(connection) {
    super(connection)
    this.#connection = connection
  }

  async connect() {
    const adapter = await super.connect()
    knowCharColumns(adapter)
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script)
      } catch (error) {
        adapter.onError(error)
      }
    }
    return adapter
  }

  async connectToShadowDb() {
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
    await statement(this.#connection, `CREATE DATABASE "${database}"`)
    const adapter = await new MigrationPg({ ...this.#connection, database }).connect()
    const dispose = adapter.dispose.bind(adapter)
    adapter.dispose = async () => {
      await dispose()
      await statement(this.#connection, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`)
    }
    return adapter
  }
}

const BPCHAR = 1042
const CHAR = 18

function knowCharColumns(adapter) {
  const { performIO, queryRaw } = adapter
  adapter.queryRaw = async (query) => {
    const result = await performIO.call(adapter, query)
    const charColumns = []
    result.fields.forEach((field, index) => {
      if (field.dataTypeID !== CHAR) return
      field.dataTypeID = BPCHAR
      charColumns.push(index)
    })
    const alreadyQueried = Object.create(adapter, { performIO: { value: async () => result } })
    const answer = await queryRaw.call(alreadyQueried, query)
    for (const index of charColumns) answer.columnTypes[index] = ColumnTypeEnum.Character
    return answer
  }
}

/** Runs one statement on a connection of its own. */
export async function statement(connection, sql) {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/**
 * Discrete fields on purpose: node-postgres lets a `connectionString` override `database`, and the shadow database
 * would then be the main one.
 * @param {string} url
 */
export function connectionFrom(url) {
  const parsed = new URL(url)
  const sslmode = parsed.searchParams.get('sslmode')
  const encrypted = ['require', 'verify-ca', 'verify-full', 'no-verify'].includes(sslmode ?? '')
  return {
    host: parsed.searchParams.get('host') ?? parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    max: 1,
    ...(encrypted
      ? { ssl: { rejectUnauthorized: sslmode === 'verify-full' || sslmode === 'verify-ca' } }
      : {}),
  }
}
