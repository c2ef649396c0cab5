/** A way back inside this site, whatever the address bar was made to say; the overview for anything else. */
export function localPath(path: string | null): string {
  const base = 'http://local.invalid'
  if (path === null || !path.startsWith('/') || !URL.canParse(path, base)) return '/'
  const url = new URL(path, base)
  return url.origin === base ? `${url.pathname}${url.search}` : '/'
}
