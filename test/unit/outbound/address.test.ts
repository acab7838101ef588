import { describe, expect, it } from 'vitest'
import { hostOf, whatIsWrong } from '../../../app/outbound/address.ts'

describe('an address', () => {
  it('is good with https', () => {
    expect(whatIsWrong('https://hook.eu1.make.com/abc?x=1', false)).toBeNull()
  })

  it.each([
    ['hook.eu1.make.com/abc', /whole address/],
    ['http://hook.eu1.make.com/abc', /starts with https/],
    ['ftp://example.com/abc', /starts with https/],
    ['file:///etc/passwd', /starts with https/],
    ['https://user:word@example.com/abc', /user name and password/],
  ])('such as %s is told what is wrong with it', (address, reason) => {
    expect(whatIsWrong(address, false)).toMatch(reason)
  })

  it('may be plain http in a sandbox, and still nothing else', () => {
    expect(whatIsWrong('http://127.0.0.1:4410/hook', true)).toBeNull()
    expect(whatIsWrong('ftp://127.0.0.1/hook', true)).not.toBeNull()
  })

  it('is shown without its path, which may be a secret', () => {
    expect(hostOf('https://hook.eu1.make.com/s3cr3t?token=x')).toBe('hook.eu1.make.com')
  })
})
