import { PassThrough } from 'node:stream'
import { createReadableStreamFromReadable } from '@remix-run/node'
import type { EntryContext } from '@remix-run/node'
import { RemixServer } from '@remix-run/react'
import { renderToPipeableStream } from 'react-dom/server'
import { secureDocument } from './document.server.ts'
import { log } from './log.server.ts'

/**
 * Screens have all their data before they render, which takes some milliseconds. What takes this
 * long is a reader that went to sleep: given up, so that it doesn't hold the page in memory.
 */
const renderTimeoutMs = 10_000

export default function renderDocument(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
): Promise<Response> {
  secureDocument(request, headers)
  headers.set('Content-Type', 'text/html; charset=utf-8')

  return new Promise((resolve, reject) => {
    let hasFailed = false
    const { pipe, abort } = renderToPipeableStream(
      <RemixServer context={context} url={request.url} />,
      {
        onShellReady() {
          const body = new PassThrough().on('close', () => clearTimeout(timer))
          resolve(
            new Response(createReadableStreamFromReadable(body), {
              status: hasFailed ? 500 : status,
              headers,
            }),
          )
          pipe(body)
        },
        onShellError: reject,
        onError(error: unknown) {
          hasFailed = true
          log.error({ err: error }, 'a screen failed to render')
        },
      },
    )
    const timer = setTimeout(abort, renderTimeoutMs).unref()
  })
}

/** Errors that loaders and actions did not foresee. Shopify's own redirects are Responses, not errors. */
export function handleError(error: unknown, { request }: { request: Request }): void {
  if (request.signal.aborted) return
  log.error({ err: error, path: new URL(request.url).pathname }, 'a request failed')
}
