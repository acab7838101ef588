import { z } from 'zod'

/** A sandbox server's `/_sandbox` door. */
export class Control {
  readonly #url: string

  constructor(origin: string) {
    this.#url = `${origin}/_sandbox`
  }

  async get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    return shape.parse(await this.#call('GET', path))
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#call('POST', path, body)
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path)
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : z.unknown().parse(JSON.parse(text))
  }
}
