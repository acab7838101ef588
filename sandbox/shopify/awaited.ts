import type { Request, RequestHandler, Response } from 'express'

/** Hands what an async handler throws to Express, which in version 4 doesn't wait for handlers. */
export function awaited(
  handler: (request: Request, response: Response) => Promise<unknown>,
): RequestHandler {
  return (request, response, next) => void handler(request, response).catch(next)
}
