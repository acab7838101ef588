import { PassThrough } from 'node:stream'
import { createReadableStreamFromReadable } from '@remix-run/node'
import type { EntryContext } from '@remix-run/node'
import { RemixServer } from '@remix-run/react'
import { isbot } from 'isbot'
import { renderToPipeableStream } from 'react-dom/server'
import { config } from './config.server.ts'
import { log } from './log.server.ts'
import { addDocumentResponseHeaders } from './shopify.server.ts'

const renderTimeoutMs = 5_000

export default function renderDocument(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
): Promise<Response> {
  addDocumentResponseHeaders(request, headers)
  allowSandboxFrame(headers)
  headers.set('Content-Type', 'text/html; charset=utf-8')
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('Referrer-Policy', 'strict-origin-when-cross-origin')
  const readyEvent = isbot(request.headers.get('user-agent') ?? '') ? 'onAllReady' : 'onShellReady'

  return new Promise((resolve, reject) => {
    let responseStatus = status
    const { pipe, abort } = renderToPipeableStream(
      <RemixServer context={context} url={request.url} />,
      {
        [readyEvent]() {
          const body = new PassThrough()
          resolve(
            new Response(createReadableStreamFromReadable(body), {
              status: responseStatus,
              headers,
            }),
          )
          pipe(body)
        },
        onShellError: reject,
        onError(error: unknown) {
          responseStatus = 500
          log.error({ err: error }, 'a screen failed to render')
        },
      },
    )
    setTimeout(abort, renderTimeoutMs + 1_000).unref()
  })
}

/** The sandbox's admin page stands in for admin.shopify.com and must be allowed to frame the app. */
function allowSandboxFrame(headers: Headers): void {
  const policy = headers.get('Content-Security-Policy')
  if (!config.shopify.adminOrigin || !policy) return
  headers.set(
    'Content-Security-Policy',
    policy.replace('frame-ancestors', `frame-ancestors ${config.shopify.adminOrigin}`),
  )
}

/** Errors that loaders and actions did not foresee. Shopify's own redirects are Responses, not errors. */
export function handleError(error: unknown, { request }: { request: Request }): void {
  if (request.signal.aborted) return
  log.error({ err: error, path: new URL(request.url).pathname }, 'a request failed')
}
