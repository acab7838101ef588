/** What to choose for one area of Klaviyo's API when making a private key. */
export interface AreaAccess {
  area: string
  access: 'Read' | 'Full'
  scopes: string[]
}

/**
 * Scopes such as `profiles:read` as Klaviyo's screen offers them: an area each, with `Full` where
 * anything is written. By name, as they stand there.
 */
export function accessByArea(scopes: readonly string[]): AreaAccess[] {
  const areas = new Map<string, string[]>()
  for (const scope of scopes) {
    const [name = ''] = scope.split(':')
    areas.set(name, [...(areas.get(name) ?? []), scope])
  }
  return [...areas]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, ofArea]) => ({
      area: name.charAt(0).toUpperCase() + name.slice(1),
      access: ofArea.some((scope) => scope.endsWith(':write')) ? 'Full' : 'Read',
      scopes: ofArea,
    }))
}
