/** Re-seals what older keys wrote. */

export async function resealAll(): Promise<Record<string, number>> {
  throw new Error('Not here yet.')
}
