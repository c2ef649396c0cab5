import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { deferredWhy, findDeferredFaults } from './deferred-parts'
import { readImports } from './imports'
import { rules } from './rules'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Past this a file has more than one job; cut it where the jobs part, not at random. */
const maxLines = 400

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
})
  .toString()
  .split('\0')
  .filter((file) => /\.(ts|tsx|mjs)$/.test(file))

const problems: string[] = []
for (const file of tracked) {
  const source = readFileSync(path.join(root, file), 'utf8')
  const lines = source.split('\n').length
  if (lines > maxLines)
    problems.push(`${file}: ${lines} lines; cut it where its jobs part (limit ${maxLines}).`)
  for (const { line, message } of findDeferredFaults(file, source))
    problems.push(`${file}:${line}: ${message}. ${deferredWhy}`)
  for (const found of readImports(root, file)) {
    for (const rule of rules) {
      if (rule.breaks(found)) {
        problems.push(`${file}:${found.line} imports ${found.specifier}: ${rule.name}. ${rule.why}`)
      }
    }
  }
}
if (/"resolved": "/.test(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))) {
  problems.push('package-lock.json names a registry; run npm install with the .npmrc of this folder.')
}

for (const problem of problems) console.error(problem)
console.log(`structure: ${tracked.length} files, ${rules.length} rules, ${problems.length} broken`)
process.exitCode = problems.length === 0 ? 0 : 1
