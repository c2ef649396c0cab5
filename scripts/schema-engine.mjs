#!/usr/bin/env node
/**
 * Prisma's schema engine (the official WebAssembly build) behind the protocol of the native binary: JSON-RPC, one
 * object a line on stdin and stdout. The native engine is a download from a site of its own, which an air-gapped
 * machine does not have; prisma.config.ts points the Prisma CLI here where the download is missing.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import readline from 'node:readline'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import { connectionFrom, MigrationPg, statement } from './schema-engine-adapter.mjs'

const wasmModule = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
const args = process.argv.slice(2)
const valuesOf = (name) => args.flatMap((arg, index) => (args[index - 1] === name ? [arg] : []))

if (args.includes('--version')) {
  const manifest = fs.readFileSync(wasmModule.replace(/[^/\\]+$/, 'package.json'), 'utf8')
  process.stdout.write(`schema-engine-wasm ${JSON.parse(manifest).version}\n`)
  process.exit(0)
}

const datasource = JSON.parse(valuesOf('--datasource')[0] ?? '{}')
// `generate`, `format` and `validate` come without a database: nothing connects until a method needs it.
const connection = datasource.url ? connectionFrom(datasource.url) : { host: '127.0.0.1', port: 1, max: 1 }
const administration = { ...connection, database: 'postgres' }
const quoted = `"${String(connection.database).replaceAll('"', '""')}"`

const cliCommands = {
  'can-connect-to-database': () => statement(connection, 'SELECT 1'),
  'create-database': () => statement(administration, `CREATE DATABASE ${quoted}`),
  'drop-database': () => statement(administration, `DROP DATABASE ${quoted} WITH (FORCE)`),
}

const cliIndex = args.indexOf('cli')
if (cliIndex >= 0) await runCliCommand(args[cliIndex + 1])

async function runCliCommand(name) {
  try {
    const command = cliCommands[name]
    if (command === undefined) throw new Error(`this engine has no command ${name}`)
    await command()
    process.exit(0)
  } catch (error) {
    const codes = { '3D000': 'P1003', '28P01': 'P1000', '42P04': 'P1009' }
    const fields = { message: error.message || String(error), error_code: codes[error.code] ?? 'P1001' }
    const line = {
      timestamp: new Date().toISOString(),
      level: 'ERROR',
      target: 'schema_engine::logger',
      fields,
    }
    process.stderr.write(`\n${JSON.stringify(line)}\n`)
    process.exit(1)
  }
}

const { instance } = await WebAssembly.instantiate(fs.readFileSync(wasmModule.replace(/\.js$/, '.wasm')), {
  './schema_engine_bg.js': wasm,
})
wasm.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

let panicMessage = ''
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message: (message) => {
    panicMessage = message
  },
}

let engine
function startEngine() {
  const datamodels = valuesOf('--datamodels').map((file) => [file, fs.readFileSync(file, 'utf8')])
  const log = (message) => process.env.DEBUG_ENGINE && process.stderr.write(`${message}\n`)
  engine ??= wasm.SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    log,
    bindMigrationAwareSqlAdapterFactory(new MigrationPg(connection)),
  )
  return engine
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

async function call(method, params) {
  if (method === 'createDatabase') {
    await cliCommands['create-database']()
    return { databaseName: connection.database }
  }
  const started = await startEngine()
  const result = await started[method === 'getDatabaseVersion' ? 'version' : method](params)
  // The native engine prints a diff by asking the CLI to; the CLI shows nothing otherwise.
  if (method === 'diff' && result?.stdout != null) {
    send({ id: 'print-1', method: 'print', params: { content: result.stdout } })
  }
  return result ?? {}
}

async function answer(line) {
  const { id, method, params } = JSON.parse(line)
  if (method === undefined) return // the CLI's reply to `print`
  try {
    send({ id, result: await call(method, params) })
  } catch (error) {
    const panicked = error instanceof WebAssembly.RuntimeError
    const data = {
      is_panic: panicked,
      message: panicked ? panicMessage : error.message,
      error_code: error.code,
      meta: error.meta,
    }
    send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
  }
}

let queue = Promise.resolve()
const input = readline.createInterface({ input: process.stdin })
input.on('line', (line) => {
  if (line.trim() !== '') queue = queue.then(() => answer(line))
})
input.on('close', () => queue.then(() => process.exit(0)))
