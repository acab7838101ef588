import { describe, expect, it } from 'vitest'
import { parseSearch, satisfies } from '../../../sandbox/shopify/admin/search.ts'

const finds = (text: string, ...words: string[]) =>
  satisfies(parseSearch(text), ({ field, value }) =>
    words.includes(field === null ? value : `${field}:${value}`),
  )

describe('Shopify’s search syntax', () => {
  it('takes terms side by side as all of them, and OR as either', () => {
    expect(finds('a b', 'a')).toBe(false)
    expect(finds('a AND b', 'a', 'b')).toBe(true)
    expect(finds('a OR b c', 'a')).toBe(true)
    expect(finds('(a OR b) c', 'a')).toBe(false)
  })

  it('keeps what is quoted together, escapes too', () => {
    expect(finds('email:"o\\"neill@x.y"', 'email:o"neill@x.y')).toBe(true)
    expect(finds('tag:"first order" phone:+4912', 'tag:first order', 'phone:+4912')).toBe(true)
  })

  it('turns a term around with a minus or NOT', () => {
    expect(finds('-tag:vip', 'tag:vip')).toBe(false)
    expect(finds('NOT tag:vip')).toBe(true)
  })

  it('refuses what it can’t read', () => {
    expect(() => parseSearch('(a')).toThrow('Invalid search syntax')
    expect(() => parseSearch('a)')).toThrow('Invalid search syntax')
  })
})
