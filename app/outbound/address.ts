/** Where webhooks may go, as far as the text of an address tells. Pure. */

/** Why nothing can be sent to this address, in one sentence, or null. */
export function whatIsWrong(address: string, toThisMachine: boolean): string | null {
  const url = URL.parse(address)
  if (!url) return 'Write the whole address, such as https://hook.eu1.make.com/….'
  if (url.protocol === 'http:' && !toThisMachine) {
    return 'Use an address that starts with https://, so that nobody can read along.'
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return 'Use an address that starts with https://.'
  }
  if (url.username !== '' || url.password !== '') {
    return 'Leave the user name and password out: the receiver knows us by the signature.'
  }
  return null
}

/** All of an address that may be shown: its path is as good as a password with many receivers. */
export const hostOf = (address: string): string => URL.parse(address)?.host ?? 'no address'
