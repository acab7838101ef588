/** What a flow's webhook action lets a template speak of. */
export interface TemplateContext {
  event: unknown
  person: unknown
  [variable: string]: unknown
}

/**
 * Renders the body that a merchant wrote for a flow's webhook action: the part of Django's template
 * language that Klaviyo documents for it. `{{ person.KlaviyoID }}`, `{{ event.items.0.name }}`,
 * `{{ event|lookup:'my property' }}`, `{{ email|default:'none' }}`. What is missing becomes an empty
 * string; a whole object comes out as Klaviyo prints it, in Python's notation.
 *
 * @throws {Error} for an unknown filter, which Klaviyo's editor would not save.
 */
export function renderTemplate(template: string, context: TemplateContext): string {
  return template.replaceAll(/\{\{(.*?)\}\}/gs, (_, expression: string) => {
    const [path = '', ...filters] = expression.split('|').map((part) => part.trim())
    let value: unknown = context
    for (const name of path.split('.')) value = member(value, name)
    for (const filter of filters) {
      const [, name, , argument = ''] = /^(\w+)(?::\s*(['"])(.*)\2)?$/s.exec(filter) ?? []
      if (name === 'lookup') value = member(value, argument)
      else if (name === 'default') value = printed(value) === '' ? argument : value
      else throw new Error(`The template uses a filter that the sandbox doesn't know: ${filter}`)
    }
    return printed(value)
  })
}

function member(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

function printed(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : python(value)
}

function python(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value.replaceAll(/['\\]/g, '\\$&')}'`
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, each]) => `'${name}': ${python(each)}`)
    return `{${entries.join(', ')}}`
  }
  return JSON.stringify(value)
}
