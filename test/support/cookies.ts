/** The cookies of one browser, as far as tests need them: by name, whatever path they are for. */
export class Cookies {
  private readonly known = new Map<string, string>()

  /** As the request header; empty where there are none. */
  header(): Record<string, string> {
    const cookie = [...this.known].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie === '' ? {} : { cookie }
  }

  names(): string[] {
    return [...this.known.keys()]
  }

  keep(answer: Response): void {
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const at = pair.indexOf('=')
      if (/Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(set)) this.known.delete(pair.slice(0, at))
      else this.known.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
}
