import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

interface BuildManifest {
  rootMainFiles: string[]
  polyfillFiles: string[]
}
interface ClientManifest {
  entryJSFiles: Record<string, string[]>
}

/**
 * JavaScript a browser loads for the first page it opens, compressed, by page: what all pages share, and what their
 * layouts and they themselves add. From the manifests of the last production build in `folder` (`.next`).
 */
export function firstLoadBytes(folder: string): Map<string, number> {
  if (!existsSync(path.join(folder, 'build-manifest.json')))
    throw new Error('There is no production build: run npx next build first.')
  const shared: BuildManifest = readJson(path.join(folder, 'build-manifest.json'))
  const pages: Record<string, string> = readJson(path.join(folder, 'server', 'app-paths-manifest.json'))
  const sizes = new Map<string, number>()
  const sizeOf = (file: string) => {
    const known = sizes.get(file) ?? gzipSync(readFileSync(path.join(folder, file))).length
    sizes.set(file, known)
    return known
  }
  const found = new Map<string, number>()
  for (const [name, file] of Object.entries(pages)) {
    if (!name.endsWith('/page')) continue
    const manifest = path.join(folder, 'server', file.replace(/\.js$/, '_client-reference-manifest.js'))
    if (!existsSync(manifest)) continue
    const { entryJSFiles } = clientManifestOf(readFileSync(manifest, 'utf8'))
    // No polyfills: browsers of this decade do not load them.
    const files = new Set([...shared.rootMainFiles, ...Object.values(entryJSFiles).flat()])
    found.set(
      name.replace(/\/page$/, '') || '/',
      [...files].reduce((sum, each) => sum + sizeOf(each), 0),
    )
  }
  return found
}

/** The file is a script that assigns one object. */
function clientManifestOf(script: string): ClientManifest {
  const begin = script.indexOf('{', script.indexOf('] ='))
  return JSON.parse(script.slice(begin, script.lastIndexOf('}') + 1))
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
