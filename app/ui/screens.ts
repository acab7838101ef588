/** Whether the screen at this address is a table, which takes the whole width. */
export const isTable = (pathname: string): boolean =>
  /^\/app\/(rules|activity|codes|sync)\/?$/.test(pathname)
