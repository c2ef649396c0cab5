import { describe, expect, it } from 'vitest'
import { findDeferredFaults } from '@/scripts/check/deferred-parts'

const taken = "import dynamic from 'next/dynamic'\n"
const faultsOf = (text: string, file = 'app/page.tsx') =>
  findDeferredFaults(file, text).map(({ line, message }) => `${line}: ${message}`)
const load = "() => import('./part').then((part) => part.Part)"

describe('parts of a page that come later', () => {
  it.each([
    ['that are not rendered on the server', `${taken}const P = dynamic(${load}, { ssr: false })`],
    ['with something in their place', `${taken}const P = dynamic(${load}, { loading: () => <Skeleton /> })`],
    ['with a placeholder of that very name', `${taken}const P = dynamic(${load}, { loading })`],
    [
      'over several lines, with a type',
      `${taken}const P = dynamic<Props>(\n  ${load},\n  { ssr: false },\n)`,
    ],
    ['where the word is another’s', "import x from './dynamic'\nconst P = dynamic(load)"],
    ['where it is told of only', `${taken}// a dynamic() without anything suspends\nconst s = 'dynamic(x)'`],
    ['where it is a member of something else', `${taken}const kind = page.dynamic`],
  ])('lets be those %s', (_, text) => {
    expect(faultsOf(text)).toEqual([])
  })

  const neither = 'dynamic() names neither ssr: false nor loading'
  it.each([
    ['no options', `${taken}const P = dynamic(${load})`, `2: ${neither}`],
    ['other options', `${taken}const P = dynamic(${load}, { ssr: true })`, `2: ${neither}`],
    ['the words in its loader only', `${taken}const P = dynamic(() => import('./loading'))`, `2: ${neither}`],
    [
      'the words in a comment only',
      `${taken}const P = dynamic(${load} /* , { ssr: false } */)`,
      `2: ${neither}`,
    ],
    [
      'the words in another call',
      `${taken}\nconst P = dynamic(${load})\nconst Q = dynamic(${load}, { ssr: false })`,
      `3: ${neither}`,
    ],
    [
      'another name',
      `import later from 'next/dynamic'\nconst P = later(${load})`,
      '2: later() names neither ssr: false nor loading',
    ],
  ])('finds one with %s', (_, text, fault) => {
    expect(faultsOf(text)).toEqual([fault])
  })

  it('lets nobody hide it: handed on, named otherwise, loaded at run time, or outside of app', () => {
    expect(faultsOf(`${taken}export const later = dynamic`)).toEqual([
      '2: dynamic is called where it stands, and not handed on',
    ])
    const byDefault = 'next/dynamic is taken by its default import, where it can be seen'
    expect(faultsOf("import { default as d } from 'next/dynamic'")).toEqual([`1: ${byDefault}`])
    expect(faultsOf("const d = await import('next/dynamic')")).toEqual([`1: ${byDefault}`])
    expect(faultsOf(`${taken}const P = dynamic(${load}, { ssr: false })`, 'server/part.tsx')).toEqual([
      '1: next/dynamic is for screens, which are in app/',
    ])
  })
})
