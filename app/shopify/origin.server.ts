/** `origin` undefined = to Shopify itself. */
export function sendShopsTo(_origin: string | undefined): void {
  throw new Error('Not here yet.')
}
