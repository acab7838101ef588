import { pino } from 'pino'
import { config } from './config.server.ts'

/** Structured log. Whatever could hold a secret or a person is cut out before it is written. */
export const log = pino({
  level: config.logLevel,
  redact: {
    paths: [
      '*.key',
      '*.secret',
      '*.accessToken',
      '*.refreshToken',
      '*.email',
      '*.phone',
      '*.facts',
      '*.headers',
      'headers',
    ],
    remove: true,
  },
})
